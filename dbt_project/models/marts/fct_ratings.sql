with

ratings as (select * from {{ ref('stg_ops__ratings') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

crews as (select * from {{ ref('stg_ops__crews') }}),

described as (
    select
        -- ids
        ratings.rating_id,
        ratings.ticket_id,
        tickets.ticket_number,
        tickets.project_code,
        tickets.full_building_code,
        tickets.unit_code,
        tickets.component_code,
        staff.staff_number,
        crews.crew_code,

        -- strings
        ratings.comment as rating_comment,

        -- numbers
        ratings.process_score,
        ratings.timeliness_score,
        ratings.attitude_score,

        -- flags
        ratings.rated_at is not null as is_rated,

        -- dates
        {{ local_date('ratings.requested_at', 'tickets.timezone') }} as requested_date,

        -- instants
        ratings.requested_at,
        ratings.rated_at
    from ratings
    inner join tickets on ratings.ticket_id = tickets.ticket_id
    left join staff on ratings.technician_id = staff.staff_id
    left join crews on staff.crew_id = crews.crew_id
)

select * from described
order by project_code, requested_date
