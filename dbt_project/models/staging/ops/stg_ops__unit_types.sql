select
    cast(id as varchar) as unit_type_id,
    cast(project_id as varchar) as project_id,
    cast(code as varchar) as unit_type_code,
    cast(name as varchar) as unit_type_name,
    cast(area_m2 as double) as area_m2,
    cast(bedroom_count as integer) as bedroom_count,
    cast(bathroom_count as integer) as bathroom_count
from {{ source('ops', 'ops__unit_type') }}
