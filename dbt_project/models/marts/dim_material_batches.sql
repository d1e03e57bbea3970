with

material_batches as (select * from {{ ref('stg_ops__material_batches') }}),

installed_components as (select * from {{ ref('stg_ops__installed_components') }}),

registered as (
    select
        material_batch_id,
        count(*) as installed_component_count,
        count(distinct building_id) as building_count
    from installed_components
    where material_batch_id is not null
    group by material_batch_id
),

described as (
    select
        material_batches.material_batch_code,
        material_batches.material_code,
        material_batches.material_name,
        material_batches.supplier_name,
        coalesce(registered.installed_component_count, 0) as installed_component_count,
        coalesce(registered.building_count, 0) as building_count,
        material_batches.received_date
    from material_batches
    left join registered on material_batches.material_batch_id = registered.material_batch_id
)

select * from described
