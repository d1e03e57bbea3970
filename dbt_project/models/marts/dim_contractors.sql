with

contractors as (select * from {{ ref('stg_ops__contractors') }}),

installed_components as (select * from {{ ref('stg_ops__installed_components') }}),

registered as (
    select
        contractor_id,
        count(*) as installed_component_count,
        count(distinct building_id) as building_count
    from installed_components
    group by contractor_id
),

described as (
    select
        contractors.contractor_code,
        contractors.contractor_name,
        coalesce(registered.installed_component_count, 0) as installed_component_count,
        coalesce(registered.building_count, 0) as building_count
    from contractors
    left join registered on contractors.contractor_id = registered.contractor_id
)

select * from described
