select
    cast(code as varchar) as category_code,
    cast(name_zh as varchar) as category_name_zh,
    cast(name_en as varchar) as category_name_en
from {{ source('ops', 'ops__defect_category') }}
