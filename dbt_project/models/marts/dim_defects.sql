with

defects as (select * from {{ ref('stg_ops__defects') }}),

components as (select * from {{ ref('stg_ops__components') }}),

described as (
    select
        defects.defect_code,
        defects.component_code,
        components.category_code,
        defects.defect_name_zh,
        defects.defect_name_en,
        defects.default_severity
    from defects
    left join components on defects.component_code = components.component_code
)

select * from described
