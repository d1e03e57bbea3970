with

tasks as (select * from {{ ref('stg_ops__tasks') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

crews as (select * from {{ ref('stg_ops__crews') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

described as (
    select
        -- ids
        tasks.task_id,
        tasks.ticket_id,
        tickets.ticket_number,
        tickets.project_code,
        tickets.full_building_code,
        tickets.unit_code,
        crews.crew_code,
        staff.staff_number,

        -- strings
        tasks.node_key,
        tasks.task_kind,
        tasks.role_code,
        tasks.state as task_state,
        tasks.outcome as task_outcome,

        -- numbers
        {{ minutes_between('tasks.opened_at', 'tasks.ended_at') }} as task_minutes,

        -- flags
        tasks.state = 'open' as is_open,
        case
            when tasks.state = 'cancelled' then null
            when tasks.ended_at is not null then tasks.ended_at <= tasks.due_at
            when horizon.data_as_of > tasks.due_at then false
        end as is_done_in_time,

        -- dates
        {{ local_date('tasks.opened_at', 'tickets.timezone') }} as opened_date,

        -- instants
        tasks.opened_at,
        tasks.due_at,
        tasks.ended_at
    from tasks
    inner join tickets on tasks.ticket_id = tickets.ticket_id
    left join staff on tasks.assignee_id = staff.staff_id
    left join crews on coalesce(tasks.crew_id, staff.crew_id) = crews.crew_id
    cross join horizon
)

select * from described
order by project_code, opened_at
