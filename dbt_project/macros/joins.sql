{#
    Join each row of `left_relation` to the last row of `right_relation` that has the same key and begins no later.
    The right side must not hold two rows of one key with the same beginning, or the portable form would double rows.
#}
{% macro asof_join(left_relation, right_relation, key, left_time, right_time, right_next_time) -%}
    {{ return(adapter.dispatch("asof_join", "anju")(left_relation, right_relation, key, left_time, right_time, right_next_time)) }}
{%- endmacro %}

{% macro duckdb__asof_join(left_relation, right_relation, key, left_time, right_time, right_next_time) -%}
    asof left join {{ right_relation }}
        on {{ left_relation }}.{{ key }} = {{ right_relation }}.{{ key }}
        and {{ left_relation }}.{{ left_time }} >= {{ right_relation }}.{{ right_time }}
{%- endmacro %}

{% macro default__asof_join(left_relation, right_relation, key, left_time, right_time, right_next_time) -%}
    left join {{ right_relation }}
        on {{ left_relation }}.{{ key }} = {{ right_relation }}.{{ key }}
        and {{ left_relation }}.{{ left_time }} >= {{ right_relation }}.{{ right_time }}
        and (
            {{ left_relation }}.{{ left_time }} < {{ right_relation }}.{{ right_next_time }}
            or {{ right_relation }}.{{ right_next_time }} is null
        )
{%- endmacro %}
