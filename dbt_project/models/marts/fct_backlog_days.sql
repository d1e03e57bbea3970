-- What was open when a day ended, from what was known of that day and never from today's states: every day of the last
-- three months, and the last day of every month before.

with

tickets as (select * from {{ ref('fct_tickets') }}),

dates as (select * from {{ ref('dim_dates') }}),

reach as (
    select min(reported_date) as first_date, max(as_of_date) as last_date
    from tickets
),

snapshot_days as (
    select dates.date_day, dates.date_day = reach.last_date as is_latest, dates.is_month_end
    from dates
    inner join reach
        on dates.date_day between reach.first_date and reach.last_date
    where dates.is_month_end or dates.date_day > reach.last_date - {{ var('backlog_daily_days') }}
),

open_tickets as (
    select
        tickets.ticket_id || '/' || cast(snapshot_days.date_day as varchar) as backlog_key,
        tickets.ticket_id,
        tickets.ticket_number,
        tickets.project_code,
        tickets.full_building_code,
        tickets.unit_code,
        tickets.category_code,
        tickets.component_code,
        tickets.crew_code,
        tickets.severity,
        {{ age_band(days_between('tickets.reported_date', 'snapshot_days.date_day')) }} as age_band,
        {{ days_between('tickets.reported_date', 'snapshot_days.date_day') }} as age_days_count,
        snapshot_days.is_latest,
        snapshot_days.is_month_end,
        snapshot_days.date_day as on_date
    from snapshot_days
    inner join tickets
        on tickets.reported_date <= snapshot_days.date_day
        and (tickets.closed_date is null or tickets.closed_date > snapshot_days.date_day)
)

select * from open_tickets
order by on_date, project_code
