-- Who each ticket was last given to, for tickets that nobody has travelled for yet.

with

tasks as (select * from {{ ref('stg_ops__tasks') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

crews as (select * from {{ ref('stg_ops__crews') }}),

assigned as (
    select
        tasks.ticket_id,
        staff.staff_number,
        crews.crew_code,
        row_number() over (
            partition by tasks.ticket_id
            order by tasks.opened_at desc, tasks.task_id desc
        ) as place_from_last
    from tasks
    left join staff on tasks.assignee_id = staff.staff_id
    left join crews on coalesce(tasks.crew_id, staff.crew_id) = crews.crew_id
    where
        tasks.task_kind in ('task', 'approval')
        and (tasks.crew_id is not null or tasks.assignee_id is not null)
),

last_assigned as (
    select ticket_id, staff_number, crew_code
    from assigned
    where place_from_last = 1
)

select * from last_assigned
