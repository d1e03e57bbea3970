{# The text at one top-level key of a JSON document held as text; null where the key is missing. #}
{% macro json_text(column, key) -%} {{ return(adapter.dispatch("json_text", "anju")(column, key)) }} {%- endmacro %}
{% macro default__json_text(column, key) -%} json_extract_string({{ column }}, '$.{{ key }}') {%- endmacro %}
{% macro spark__json_text(column, key) -%} get_json_object({{ column }}, '$.{{ key }}') {%- endmacro %}
