with

logged_calls as (select * from {{ ref('stg_ops__calls') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

units as (select * from {{ ref('stg_ops__units') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

visited as (select * from {{ ref('int_visits_summed_by_ticket') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

inbound as (
    select
        logged_calls.call_id,
        logged_calls.ticket_id,
        logged_calls.unit_id,
        logged_calls.agent_id,
        logged_calls.started_at,
        logged_calls.ended_at,
        logged_calls.is_resolved,
        coalesce(tickets.project_id, logged_calls.project_id, units.project_id) as project_id,
        tickets.ticket_number,
        tickets.component_code,
        coalesce(visited.visit_count, 0) > 0 as has_needed_visit
    from logged_calls
    left join tickets on logged_calls.ticket_id = tickets.ticket_id
    left join units on logged_calls.unit_id = units.unit_id
    left join visited on logged_calls.ticket_id = visited.ticket_id
    where logged_calls.direction = 'inbound'
),

-- A further contact is a call of the same home, or a ticket it reported, about the same component. Where a call names
-- no component, any further contact of the home counts.
called_again as (
    select distinct earlier.call_id
    from inbound as earlier
    inner join inbound as later
        on earlier.unit_id = later.unit_id
        and later.started_at > earlier.started_at
        and later.started_at <= {{ instant_plus_days('earlier.started_at', 7) }}
        and coalesce(earlier.component_code = later.component_code, true)
),

reported_again as (
    select distinct inbound.call_id
    from inbound
    inner join tickets
        on inbound.unit_id = tickets.unit_id
        and tickets.reported_at > inbound.started_at
        and tickets.reported_at <= {{ instant_plus_days('inbound.started_at', 7) }}
        and tickets.ticket_id is distinct from inbound.ticket_id
        and coalesce(inbound.component_code = tickets.component_code, true)
),

judged as (
    select
        -- ids
        inbound.call_id,
        inbound.ticket_id,
        inbound.ticket_number,
        projects.project_code,
        units.unit_code,
        inbound.component_code,
        staff.staff_number,

        -- flags
        inbound.is_resolved,
        inbound.has_needed_visit,
        -- Judged only once the seven days can be seen, and only where a home is named that could call again.
        case
            when inbound.unit_id is not null
                and inbound.is_resolved is not null
                and {{ instant_plus_days('inbound.started_at', 7) }} <= horizon.data_as_of
                then inbound.is_resolved and called_again.call_id is null and reported_again.call_id is null
        end as is_resolved_first_contact,

        -- dates
        {{ local_date('inbound.started_at', 'projects.timezone') }} as contact_date,

        -- instants
        inbound.started_at,
        inbound.ended_at
    from inbound
    inner join projects on inbound.project_id = projects.project_id
    left join units on inbound.unit_id = units.unit_id
    left join staff on inbound.agent_id = staff.staff_id
    left join called_again on inbound.call_id = called_again.call_id
    left join reported_again on inbound.call_id = reported_again.call_id
    cross join horizon
)

select * from judged
order by project_code, contact_date
