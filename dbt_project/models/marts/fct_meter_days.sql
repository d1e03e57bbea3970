with

days as (select * from {{ ref('stg_meters__days') }}),

assets as (select * from {{ ref('stg_ops__assets') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

buildings as (select * from {{ ref('stg_ops__buildings') }}),

units as (select * from {{ ref('stg_ops__units') }}),

described as (
    select
        -- ids
        days.meter_code || '/' || cast(days.on_date as varchar) as meter_day_key,
        days.meter_code,
        projects.project_code,
        projects.project_code || '-' || buildings.building_code as full_building_code,
        units.unit_code,

        -- numbers
        days.consumption_litres,
        days.night_min_litres,
        days.reading_count,
        days.backward_count,
        days.repeated_count,
        days.night_flow_run_night_count,

        -- flags
        days.is_night_flow,

        -- dates
        days.on_date,
        days.night_flow_started_date
    from days
    left join assets on days.meter_code = assets.serial_number
    left join projects on assets.project_id = projects.project_id
    left join buildings on assets.building_id = buildings.building_id
    left join units on assets.unit_id = units.unit_id
)

select * from described
order by meter_code, on_date
