with

days as ({{ days_from_to("date '1990-01-01'", "date '2040-12-31'") }}),

segments as (select * from {{ ref('stg_calendar__segments') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

-- Which days are worked is said by the calendar that most projects keep.
usual_calendar as (
    select calendar_code, min(timezone) as timezone
    from projects
    group by calendar_code
    order by count(*) desc, calendar_code
    limit 1
),

working_days as (
    select distinct {{ local_date('segments.starts_at', 'usual_calendar.timezone') }} as date_day
    from segments
    inner join usual_calendar on segments.calendar_code = usual_calendar.calendar_code
    where segments.ends_at > segments.starts_at
),

covered as (
    select min(date_day) as first_date, max(date_day) as last_date
    from working_days
),

described as (
    select
        days.date_day,
        {{ month_of('days.date_day') }} as month_start_date,
        cast(extract(year from days.date_day) as integer) as year_number,
        cast(extract(quarter from days.date_day) as integer) as quarter_number,
        cast(extract(month from days.date_day) as integer) as month_number,
        {{ iso_weekday('days.date_day') }} as weekday_number,
        {{ month_of('days.date_day + 1') }} > days.date_day as is_month_end,
        case
            when days.date_day between covered.first_date and covered.last_date then working_days.date_day is not null
        end as is_working_day
    from days
    cross join covered
    left join working_days on days.date_day = working_days.date_day
)

select * from described
order by date_day
