{# Instants are UTC everywhere; a local date or hour is asked for by name and by zone. Each engine spells these its own way. #}

{% macro type_instant() -%} {{ return(adapter.dispatch("type_instant", "anju")()) }} {%- endmacro %}
{% macro default__type_instant() -%} timestamptz {%- endmacro %}
{% macro spark__type_instant() -%} timestamp {%- endmacro %}


{# The wall-clock time that `instant` had in `zone`, as a timestamp without a zone. #}
{% macro local_time(instant, zone) -%} {{ return(adapter.dispatch("local_time", "anju")(instant, zone)) }} {%- endmacro %}
{% macro default__local_time(instant, zone) -%} timezone({{ zone }}, {{ instant }}) {%- endmacro %}
{% macro spark__local_time(instant, zone) -%} from_utc_timestamp({{ instant }}, {{ zone }}) {%- endmacro %}


{% macro local_date(instant, zone) -%} cast({{ local_time(instant, zone) }} as date) {%- endmacro %}


{# Minutes from one instant (or wall-clock time) to another, to the millionth of a second; negative when they run backwards. #}
{% macro minutes_between(earlier, later) -%} {{ return(adapter.dispatch("minutes_between", "anju")(earlier, later)) }} {%- endmacro %}
{% macro default__minutes_between(earlier, later) -%} (epoch_us({{ later }}) - epoch_us({{ earlier }})) / 60000000.0e0 {%- endmacro %}
{% macro spark__minutes_between(earlier, later) -%} (unix_micros({{ later }}) - unix_micros({{ earlier }})) / 60000000.0d {%- endmacro %}


{# The minute an instant falls in, counted from 1970: what working time is counted in. #}
{% macro whole_minute(instant) -%} {{ return(adapter.dispatch("whole_minute", "anju")(instant)) }} {%- endmacro %}
{% macro default__whole_minute(instant) -%} cast(floor(epoch_us({{ instant }}) / 60000000) as bigint) {%- endmacro %}
{% macro spark__whole_minute(instant) -%} cast(floor(unix_micros({{ instant }}) / 60000000) as bigint) {%- endmacro %}


{# `instant` moved by a fixed length of time, days of 24 hours. #}
{% macro instant_plus_days(instant, days) -%} {{ instant }} + interval '{{ days }}' day {%- endmacro %}


{# Whole days from one date to another. #}
{% macro days_between(earlier, later) -%} {{ return(adapter.dispatch("days_between", "anju")(earlier, later)) }} {%- endmacro %}
{% macro default__days_between(earlier, later) -%} ({{ later }} - {{ earlier }}) {%- endmacro %}
{% macro spark__days_between(earlier, later) -%} datediff({{ later }}, {{ earlier }}) {%- endmacro %}


{# Months that are over between two dates: from 15 January to 14 February none, to 15 February one. #}
{% macro full_months_between(earlier, later) -%}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
        - case when extract(day from {{ later }}) < extract(day from {{ earlier }}) then 1 else 0 end
        as integer
    )
{%- endmacro %}


{% macro month_of(date) -%} cast(date_trunc('month', {{ date }}) as date) {%- endmacro %}


{% macro date_plus_months(date, months) -%} {{ return(adapter.dispatch("date_plus_months", "anju")(date, months)) }} {%- endmacro %}
{% macro default__date_plus_months(date, months) -%} cast({{ date }} + {{ months }} * interval '1' month as date) {%- endmacro %}
{% macro spark__date_plus_months(date, months) -%} add_months({{ date }}, {{ months }}) {%- endmacro %}


{# Day of the week as ISO counts, Monday is 1. #}
{% macro iso_weekday(date) -%} {{ return(adapter.dispatch("iso_weekday", "anju")(date)) }} {%- endmacro %}
{% macro default__iso_weekday(date) -%} cast(extract(isodow from {{ date }}) as integer) {%- endmacro %}
{% macro spark__iso_weekday(date) -%} (weekday({{ date }}) + 1) {%- endmacro %}


{# A table with one column `date_day`: every day from one date to another, both included. #}
{% macro days_from_to(first_date, last_date) -%} {{ return(adapter.dispatch("days_from_to", "anju")(first_date, last_date)) }} {%- endmacro %}
{% macro default__days_from_to(first_date, last_date) -%}
    select cast(day_start as date) as date_day
    from generate_series(cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp), interval '1' day) as series(day_start)
{%- endmacro %}
{% macro spark__days_from_to(first_date, last_date) -%}
    select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as date_day
{%- endmacro %}
