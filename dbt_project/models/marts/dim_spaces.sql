with

spaces as (select * from {{ ref('stg_ops__spaces') }}),

unit_types as (select * from {{ ref('stg_ops__unit_types') }}),

buildings as (select * from {{ ref('stg_ops__buildings') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

described as (
    select
        spaces.space_id,
        projects.project_code,
        projects.project_code || '-' || unit_types.unit_type_code as full_unit_type_code,
        projects.project_code || '-' || buildings.building_code as full_building_code,
        spaces.space_code,
        spaces.space_kind,
        spaces.space_name,
        spaces.building_id is not null as is_shared
    from spaces
    left join unit_types on spaces.unit_type_id = unit_types.unit_type_id
    left join buildings on spaces.building_id = buildings.building_id
    left join projects on coalesce(unit_types.project_id, buildings.project_id) = projects.project_id
)

select * from described
