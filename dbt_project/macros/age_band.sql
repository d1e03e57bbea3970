{# How old an open ticket is, in the bands a backlog is read by; the codes sort by age. #}
{% macro age_band(days) -%}
    case
        when {{ days }} <= 3 then '00-03'
        when {{ days }} <= 7 then '04-07'
        when {{ days }} <= 14 then '08-14'
        when {{ days }} <= 30 then '15-30'
        when {{ days }} is not null then '31+'
    end
{%- endmacro %}
