with

visits as (select * from {{ ref('stg_ops__visits') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

crews as (select * from {{ ref('stg_ops__crews') }}),

placed as (
    select
        visits.*,
        coalesce(tickets.place_key, visits.ticket_id) as place_key,
        staff.staff_number,
        crews.crew_code
    from visits
    inner join tickets on visits.ticket_id = tickets.ticket_id
    left join staff on visits.technician_id = staff.staff_id
    left join crews on staff.crew_id = crews.crew_id
),

repairs as (
    select
        visit_id,
        row_number() over (partition by ticket_id order by arrived_at, visit_id) as repair_number,
        lead(arrived_at) over (partition by place_key order by arrived_at, visit_id) as next_repair_at
    from placed
    where purpose = 'repair' and arrived_at is not null
),

followed as (
    select
        placed.*,
        -- Null for a survey and for a trip that never arrived.
        repairs.repair_number,
        repairs.next_repair_at
    from placed
    left join repairs on placed.visit_id = repairs.visit_id
)

select * from followed
