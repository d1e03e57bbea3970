with

visits as (select * from {{ ref('int_visits_followed') }}),

summed as (
    select
        ticket_id,
        count(*) as visit_count,
        count(repair_number) as repair_visit_count,
        coalesce(
            bool_or(
                repair_number = 1
                and outcome = 'fixed'
                and (next_repair_at is null or next_repair_at > {{ instant_plus_days('arrived_at', 30) }})
            ),
            false
        ) as is_fixed_first_time
    from visits
    group by ticket_id
),

ranked as (
    select
        ticket_id,
        staff_number,
        crew_code,
        row_number() over (
            partition by ticket_id
            order by coalesce(arrived_at, departed_at, promised_from_at) desc nulls last, visit_id desc
        ) as place_from_last
    from visits
    where staff_number is not null
),

last_technicians as (
    select ticket_id, staff_number, crew_code
    from ranked
    where place_from_last = 1
),

joined as (
    select
        summed.*,
        last_technicians.staff_number,
        last_technicians.crew_code
    from summed
    left join last_technicians on summed.ticket_id = last_technicians.ticket_id
)

select * from joined
