with

projects as (select * from {{ ref('stg_ops__projects') }}),

buildings as (select * from {{ ref('stg_ops__buildings') }}),

units as (select * from {{ ref('stg_ops__units') }}),

buildings_of_projects as (
    select project_id, count(*) as building_count
    from buildings
    group by project_id
),

units_of_projects as (
    select project_id, count(*) as home_count, count(handover_date) as handed_over_home_count
    from units
    group by project_id
),

described as (
    select
        projects.project_code,
        projects.project_name,
        projects.city,
        projects.district,
        projects.developer_name,
        projects.property_company_name,
        projects.timezone,
        projects.calendar_code,
        coalesce(buildings_of_projects.building_count, 0) as building_count,
        coalesce(units_of_projects.home_count, 0) as home_count,
        coalesce(units_of_projects.handed_over_home_count, 0) as handed_over_home_count,
        {{ local_date('projects.created_at', 'projects.timezone') }} as created_date
    from projects
    left join buildings_of_projects on projects.project_id = buildings_of_projects.project_id
    left join units_of_projects on projects.project_id = units_of_projects.project_id
)

select * from described
