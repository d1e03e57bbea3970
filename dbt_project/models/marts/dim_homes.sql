with

units as (select * from {{ ref('stg_ops__units') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

buildings as (select * from {{ ref('stg_ops__buildings') }}),

unit_types as (select * from {{ ref('stg_ops__unit_types') }}),

crm_homes as (select * from {{ ref('stg_crm__homes') }}),

described as (
    select
        units.unit_code,
        projects.project_code,
        projects.project_code || '-' || buildings.building_code as full_building_code,
        projects.project_code || '-' || unit_types.unit_type_code as full_unit_type_code,
        unit_types.unit_type_code,
        units.room_number,
        units.floor,
        coalesce(unit_types.area_m2, crm_homes.area_m2) as area_m2,
        units.handover_date is not null as is_handed_over,
        crm_homes.unit_code is not null as is_known_to_crm,
        -- Two systems write the handover down; a difference shifts warranties, so it is shown and not settled here.
        crm_homes.handover_date is not null and coalesce(units.handover_date <> crm_homes.handover_date, true)
            as is_handover_disputed,
        crm_homes.sale_date,
        units.handover_date,
        {{ month_of('units.handover_date') }} as handover_month
    from units
    inner join projects on units.project_id = projects.project_id
    inner join buildings on units.building_id = buildings.building_id
    left join unit_types on units.unit_type_id = unit_types.unit_type_id
    left join crm_homes on units.unit_code = crm_homes.unit_code
)

select * from described
order by project_code, full_building_code, unit_code
