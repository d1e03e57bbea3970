with

defect_categories as (select * from {{ ref('stg_ops__defect_categories') }}),

described as (
    select category_code, category_name_zh, category_name_en
    from defect_categories
)

select * from described
