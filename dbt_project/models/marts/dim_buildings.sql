with

buildings as (select * from {{ ref('stg_ops__buildings') }}),

projects as (select * from {{ ref('dim_projects') }}),

project_keys as (select project_id, project_code from {{ ref('stg_ops__projects') }}),

units as (select * from {{ ref('stg_ops__units') }}),

units_of_buildings as (
    select
        building_id,
        count(*) as home_count,
        count(handover_date) as handed_over_home_count,
        min(handover_date) as first_handover_date
    from units
    group by building_id
),

described as (
    select
        project_keys.project_code || '-' || buildings.building_code as full_building_code,
        projects.project_code,
        buildings.building_code,
        buildings.building_name,
        buildings.address,
        buildings.floor_count,
        coalesce(units_of_buildings.home_count, 0) as home_count,
        coalesce(units_of_buildings.handed_over_home_count, 0) as handed_over_home_count,
        buildings.completion_acceptance_date,
        units_of_buildings.first_handover_date,
        coalesce(buildings.completion_acceptance_date, units_of_buildings.first_handover_date, projects.created_date)
            as known_since_date
    from buildings
    inner join project_keys on buildings.project_id = project_keys.project_id
    inner join projects on project_keys.project_code = projects.project_code
    left join units_of_buildings on buildings.building_id = units_of_buildings.building_id
)

select * from described
