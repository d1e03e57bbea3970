{# The first of these shows the owner that somebody has taken the ticket up, whichever way its process goes on. #}
{% macro acknowledging_moments() -%}
    ('accepted', 'dispatched', 'surveyed', 'fixed', 'rejected')
{%- endmacro %}
