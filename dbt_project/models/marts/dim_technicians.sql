with

staff as (select * from {{ ref('stg_ops__staff') }}),

crews as (select * from {{ ref('stg_ops__crews') }}),

described as (
    select
        staff.staff_number,
        staff.staff_name,
        staff.staff_kind,
        crews.crew_code,
        staff.is_active
    from staff
    left join crews on staff.crew_id = crews.crew_id
)

select * from described
