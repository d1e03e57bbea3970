with

visits as (select * from {{ ref('int_visits_followed') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

described as (
    select
        -- ids
        visits.visit_id,
        visits.ticket_id,
        tickets.ticket_number,
        tickets.project_code,
        tickets.full_building_code,
        tickets.unit_code,
        tickets.component_code,
        visits.crew_code,
        visits.staff_number,

        -- strings
        visits.purpose as visit_purpose,
        visits.outcome as visit_outcome,

        -- numbers
        visits.repair_number,
        {{ minutes_between('visits.departed_at', 'visits.arrived_at') }} as travel_minutes,
        {{ minutes_between('visits.arrived_at', 'visits.left_at') }} as on_site_minutes,

        -- flags
        visits.promised_from_at is not null as is_promised,
        -- Nobody came and the window has passed: the promise is broken, whether or not anybody wrote it down.
        case
            when visits.promised_from_at is null then null
            when visits.arrived_at is not null
                then visits.arrived_at < visits.promised_from_at or visits.arrived_at > visits.promised_to_at
            when horizon.data_as_of > visits.promised_to_at then true
        end as is_promise_broken,

        -- dates
        {{ local_date(
            'coalesce(visits.arrived_at, visits.departed_at, visits.promised_from_at, tickets.reported_at)', 'tickets.timezone'
        ) }} as visit_date,

        -- instants
        visits.promised_from_at,
        visits.promised_to_at,
        visits.departed_at,
        visits.arrived_at,
        visits.left_at
    from visits
    inner join tickets on visits.ticket_id = tickets.ticket_id
    cross join horizon
)

select * from described
order by project_code, visit_date
