with

crews as (select * from {{ ref('stg_ops__crews') }}),

contractors as (select * from {{ ref('stg_ops__contractors') }}),

staff as (select * from {{ ref('stg_ops__staff') }}),

technicians_of_crews as (
    select crew_id, count(*) as technician_count
    from staff
    where staff_kind = 'technician' and is_active and crew_id is not null
    group by crew_id
),

described as (
    select
        crews.crew_code,
        crews.crew_name,
        contractors.contractor_code,
        coalesce(technicians_of_crews.technician_count, 0) as technician_count,
        crews.contractor_id is null as is_own
    from crews
    left join contractors on crews.contractor_id = contractors.contractor_id
    left join technicians_of_crews on crews.crew_id = technicians_of_crews.crew_id
)

select * from described
