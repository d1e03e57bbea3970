{# Whether a pause for a reason stops a clock; `running` has the reasons for which it does not, with commas between. #}
{% macro stops_clock(reason, running) -%}
(
    instr(concat(',', coalesce({{ running }}, ''), ','), concat(',', coalesce({{ reason }}, ''), ',')) = 0
    or coalesce({{ reason }}, '') = ''
)
{%- endmacro %}
