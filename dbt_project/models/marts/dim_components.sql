with

components as (select * from {{ ref('stg_ops__components') }}),

defect_categories as (select * from {{ ref('stg_ops__defect_categories') }}),

described as (
    select
        components.component_code,
        components.category_code,
        components.trade_code,
        components.component_name_zh,
        components.component_name_en,
        defect_categories.category_name_zh,
        defect_categories.category_name_en,
        components.is_public
    from components
    left join defect_categories on components.category_code = defect_categories.category_code
)

select * from described
