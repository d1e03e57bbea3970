-- One row per ticket: when it passed each station, and the minutes its clocks had run by then. The first acceptance,
-- dispatch and arrival count, and the last fix and closing: an owner whose repair was done again waited until then.

with

moments as (select * from {{ ref('int_ticket_moments_clocked') }}),

ticket_events as (select * from {{ ref('stg_ops__ticket_events') }}),

stations as (
    select
        ticket_id,

        {% for prefix in ['', 'acknowledge_', 'arrive_'] %}
        min(case when moment = 'reported' then {{ prefix }}elapsed_clock end) as {{ prefix }}elapsed_at_report,
        min(case when moment = 'reported' then {{ prefix }}working_clock end) as {{ prefix }}working_at_report,
        {% endfor %}
        max(acknowledge_working_clock) as acknowledge_working_at_end,
        max(arrive_working_clock) as arrive_working_at_end,
        coalesce(bool_or(is_covered_by_calendar), false) as is_covered_by_calendar,

        min(case when moment in {{ acknowledging_moments() }} then moment_at end) as acknowledged_at,
        min(case when moment in {{ acknowledging_moments() }} then acknowledge_elapsed_clock end)
            as elapsed_at_acknowledgement,
        min(case when moment in {{ acknowledging_moments() }} then acknowledge_working_clock end)
            as working_at_acknowledgement,

        min(case when moment = 'dispatched' then moment_at end) as dispatched_at,
        min(case when moment = 'dispatched' then elapsed_clock end) as elapsed_at_dispatch,
        min(case when moment = 'dispatched' then working_clock end) as working_at_dispatch,

        min(case when moment = 'arrived' then moment_at end) as arrived_at,
        min(case when moment = 'arrived' then arrive_elapsed_clock end) as elapsed_at_arrival,
        min(case when moment = 'arrived' then arrive_working_clock end) as working_at_arrival,

        max(case when moment = 'fixed' then moment_at end) as fixed_at,
        max(case when moment = 'fixed' then elapsed_clock end) as elapsed_at_fix,
        max(case when moment = 'fixed' then working_clock end) as working_at_fix,

        max(case when moment = 'closed' then moment_at end) as closed_at,
        max(case when moment = 'closed' then elapsed_clock end) as elapsed_at_closing,
        max(case when moment = 'closed' then working_clock end) as working_at_closing,

        max(paused_clock) as paused_minutes,

        count(case when moment = 'reopened' then 1 end) as reopened_count
    from moments
    group by ticket_id
),

return_visits as (
    select ticket_id, max(occurred_at) as followed_up_at
    from ticket_events
    where milestone = 'followed_up'
    group by ticket_id
),

timed as (
    select
        stations.ticket_id,
        acknowledged_at,
        dispatched_at,
        arrived_at,
        fixed_at,
        return_visits.followed_up_at,
        {% for station, name, clock in [
            ('acknowledgement', 'acknowledge', 'acknowledge_'),
            ('dispatch', 'dispatch', ''),
            ('arrival', 'arrive', 'arrive_'),
            ('fix', 'fix', ''),
            ('closing', 'close', ''),
        ] %}
        elapsed_at_{{ station }} - {{ clock }}elapsed_at_report as elapsed_to_{{ name }}_minutes,
        case
            when is_covered_by_calendar then working_at_{{ station }} - {{ clock }}working_at_report
        end as working_to_{{ name }}_minutes,
        {% endfor %}
        -- What the clocks of the two promises show by now, for whatever has not happened yet.
        {% for clock in ['acknowledge', 'arrive'] %}
        case
            when is_covered_by_calendar then {{ clock }}_working_at_end - {{ clock }}_working_at_report
        end as {{ clock }}_working_to_date_minutes,
        {% endfor %}
        paused_minutes,
        reopened_count
    from stations
    left join return_visits on stations.ticket_id = return_visits.ticket_id
)

select * from timed
