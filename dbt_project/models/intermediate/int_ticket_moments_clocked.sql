-- The moments that a ticket's times are measured between, each with what the ticket's two clocks showed: the calendar
-- clock and the working clock, both less the stretches in which the ticket was paused. There is a pair for each promise,
-- since a policy says which pauses stop which clock; whatever has no promise of its own goes by that of the repair.

with

tickets as (select * from {{ ref('int_tickets_placed') }}),

ticket_events as (select * from {{ ref('stg_ops__ticket_events') }}),

visits as (select * from {{ ref('stg_ops__visits') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

promised as (select * from {{ ref('int_tickets_promised') }}),

segments as (select * from {{ ref('int_segments_followed') }}),

reports as (
    select ticket_id, 'reported' as moment, reported_at as moment_at, 0 as place_in_order, '' as pause_reason
    from tickets
),

steps as (
    select
        ticket_id,
        case
            when milestone in {{ acknowledging_moments() }} then milestone
            when kind = 'ticket:pause' then 'paused'
            when kind = 'ticket:resume' then 'resumed'
            when kind = 'ticket:reject' then 'rejected'
            when kind = 'ticket:reopen' then 'reopened'
            else 'ended'
        end as moment,
        occurred_at as moment_at,
        version as place_in_order,
        coalesce(pause_reason, '') as pause_reason
    from ticket_events
    where
        milestone in {{ acknowledging_moments() }}
        or kind in ('ticket:pause', 'ticket:resume', 'ticket:reject', 'ticket:reopen', 'ticket:close', 'ticket:cancel')
),

arrivals as (
    select ticket_id, 'arrived' as moment, min(arrived_at) as moment_at, 0 as place_in_order, '' as pause_reason
    from visits
    where arrived_at is not null
    group by ticket_id
),

closings as (
    select ticket_id, 'closed' as moment, closed_at as moment_at, 1000000000 as place_in_order, '' as pause_reason
    from tickets
    where closed_at is not null
),

-- An open ticket is as old as the data is fresh.
present as (
    select
        tickets.ticket_id,
        'observed' as moment,
        horizon.data_as_of as moment_at,
        1000000000 as place_in_order,
        '' as pause_reason
    from tickets
    cross join horizon
    where tickets.closed_at is null
),

moments as (
    select * from reports
    union all
    select * from steps
    union all
    select * from arrivals
    union all
    select * from closings
    union all
    select * from present
),

moments_of_calendars as (
    select moments.*, tickets.calendar_code
    from moments
    inner join tickets on moments.ticket_id = tickets.ticket_id
),

-- How far the working calendar had run, in whole minutes as `core.working_time` counts them: an instant counts as the
-- minute it falls in. Null where the calendar does not reach back that far.
positioned as (
    select
        moments_of_calendars.ticket_id,
        moments_of_calendars.moment,
        moments_of_calendars.moment_at,
        moments_of_calendars.place_in_order,
        moments_of_calendars.pause_reason,
        segments.minutes_before
        + least({{ whole_minute('moments_of_calendars.moment_at') }}, segments.end_minute)
        - segments.start_minute as calendar_position
    from moments_of_calendars
    {{ asof_join('moments_of_calendars', 'segments', 'calendar_code', 'moment_at', 'starts_at', 'next_starts_at') }}
),

compared as (
    select
        *,
        {{ minutes_between('lag(moment_at) over in_order', 'moment_at') }} as elapsed_minutes,
        calendar_position - lag(calendar_position) over in_order as working_minutes,
        -- Whether the clock stands from the previous moment on: a pause ends when it is resumed or the ticket ends.
        last_value(
            case
                when moment = 'paused' then true
                when moment in ('resumed', 'rejected', 'reopened', 'ended') then false
            end
            ignore nulls
        ) over (
            partition by ticket_id
            order by moment_at, place_in_order
            rows between unbounded preceding and 1 preceding
        ) as was_paused_before,
        last_value(case when moment = 'paused' then pause_reason end ignore nulls) over (
            partition by ticket_id
            order by moment_at, place_in_order
            rows between unbounded preceding and 1 preceding
        ) as pause_reason_before
    from positioned
    window in_order as (partition by ticket_id order by moment_at, place_in_order)
),

stopped as (
    select
        compared.*,
        {% for target in ['acknowledge', 'arrive', 'resolve'] %}
        compared.was_paused_before
        and {{ stops_clock('compared.pause_reason_before', 'promised.' ~ target ~ '_running_reasons') }}
            as is_{{ target }}_stopped{{ "," if not loop.last }}
        {% endfor %}
    from compared
    left join promised on compared.ticket_id = promised.ticket_id
),

clocked as (
    select
        ticket_id,
        moment,
        moment_at,
        place_in_order,
        case when moment = 'reported' then calendar_position is not null end as is_covered_by_calendar,
        {% for target, prefix in [('acknowledge', 'acknowledge_'), ('arrive', 'arrive_'), ('resolve', '')] %}
        sum(case when is_{{ target }}_stopped then 0.0e0 else coalesce(elapsed_minutes, 0.0e0) end) over running
            as {{ prefix }}elapsed_clock,
        cast(sum(case when is_{{ target }}_stopped then 0 else coalesce(working_minutes, 0) end) over running as bigint)
            as {{ prefix }}working_clock,
        {% endfor %}
        sum(case when is_resolve_stopped then elapsed_minutes else 0.0e0 end) over running as paused_clock
    from stopped
    window running as (
        partition by ticket_id
        order by moment_at, place_in_order
        rows between unbounded preceding and current row
    )
)

select * from clocked
