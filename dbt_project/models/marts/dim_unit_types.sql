with

unit_types as (select * from {{ ref('stg_ops__unit_types') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

described as (
    select
        projects.project_code || '-' || unit_types.unit_type_code as full_unit_type_code,
        projects.project_code,
        unit_types.unit_type_code,
        unit_types.unit_type_name,
        unit_types.area_m2,
        unit_types.bedroom_count,
        unit_types.bathroom_count
    from unit_types
    inner join projects on unit_types.project_id = projects.project_id
)

select * from described
