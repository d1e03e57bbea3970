with

tickets as (select * from {{ ref('stg_ops__tickets') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

buildings as (select * from {{ ref('stg_ops__buildings') }}),

units as (select * from {{ ref('stg_ops__units') }}),

unit_types as (select * from {{ ref('stg_ops__unit_types') }}),

spaces as (select * from {{ ref('stg_ops__spaces') }}),

components as (select * from {{ ref('stg_ops__components') }}),

installed_components as (select * from {{ ref('stg_ops__installed_components') }}),

contractors as (select * from {{ ref('stg_ops__contractors') }}),

material_batches as (select * from {{ ref('stg_ops__material_batches') }}),

placed as (
    select
        -- ids
        tickets.ticket_id,
        tickets.ticket_number,
        tickets.project_id,
        tickets.building_id,
        tickets.unit_id,
        projects.project_code,
        buildings.building_code,
        projects.project_code || '-' || buildings.building_code as full_building_code,
        units.unit_code,
        unit_types.unit_type_code,
        projects.project_code || '-' || unit_types.unit_type_code as full_unit_type_code,
        spaces.space_id,
        spaces.space_kind,
        tickets.category_code,
        tickets.component_code,
        tickets.defect_code,
        components.trade_code,
        contractors.contractor_code,
        material_batches.material_batch_code,
        -- What a repeat is measured by: the same component in the same home, or in the building where no home is named.
        coalesce(tickets.unit_id, tickets.building_id) || '/' || tickets.component_code as place_key,

        -- strings
        tickets.severity,
        tickets.channel,
        tickets.state,
        tickets.node_key,
        tickets.owner_status,
        tickets.pause_reason,
        tickets.title,
        tickets.closed_at_precision,
        tickets.source_system,
        tickets.source_key,
        projects.calendar_code,
        projects.timezone,

        -- dates
        {{ local_date('tickets.reported_at', 'projects.timezone') }} as reported_date,
        {{ local_date('tickets.closed_at', 'projects.timezone') }} as closed_date,
        units.handover_date,
        buildings.completion_acceptance_date,

        -- instants
        tickets.reported_at,
        tickets.resolve_due_at,
        tickets.closed_at,
        {{ local_time('tickets.reported_at', 'projects.timezone') }} as reported_local_time
    from tickets
    inner join projects on tickets.project_id = projects.project_id
    left join buildings on tickets.building_id = buildings.building_id
    left join units on tickets.unit_id = units.unit_id
    left join unit_types on units.unit_type_id = unit_types.unit_type_id
    left join spaces on tickets.space_id = spaces.space_id
    left join components on tickets.component_code = components.component_code
    left join installed_components
        on tickets.building_id = installed_components.building_id
        and tickets.component_code = installed_components.component_code
    left join contractors on installed_components.contractor_id = contractors.contractor_id
    left join material_batches on installed_components.material_batch_id = material_batches.material_batch_id
)

select * from placed
