select
    cast(code as varchar) as component_code,
    cast(category_code as varchar) as category_code,
    cast(name_zh as varchar) as component_name_zh,
    cast(name_en as varchar) as component_name_en,
    cast(trade as varchar) as trade_code,
    cast(is_public as boolean) as is_public
from {{ source('ops', 'ops__component') }}
