select
    cast(code as varchar) as defect_code,
    cast(component_code as varchar) as component_code,
    cast(name_zh as varchar) as defect_name_zh,
    cast(name_en as varchar) as defect_name_en,
    cast(default_severity as varchar) as default_severity
from {{ source('ops', 'ops__defect') }}
