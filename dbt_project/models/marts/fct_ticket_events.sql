with

ticket_events as (select * from {{ ref('stg_ops__ticket_events') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

described as (
    select
        -- ids
        ticket_events.ticket_event_id,
        ticket_events.ticket_id,
        tickets.project_code,
        staff.staff_number,

        -- strings
        ticket_events.kind as event_kind,
        ticket_events.node_key,
        ticket_events.milestone,
        ticket_events.choice,
        ticket_events.actor_kind,

        -- numbers
        ticket_events.version,

        -- dates
        {{ local_date('ticket_events.occurred_at', 'tickets.timezone') }} as occurred_date,

        -- instants
        ticket_events.occurred_at
    from ticket_events
    inner join tickets on ticket_events.ticket_id = tickets.ticket_id
    left join staff on ticket_events.staff_id = staff.staff_id
)

select * from described
