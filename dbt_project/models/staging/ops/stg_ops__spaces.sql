select
    cast(id as varchar) as space_id,
    cast(unit_type_id as varchar) as unit_type_id,
    cast(building_id as varchar) as building_id,
    cast(code as varchar) as space_code,
    cast(kind as varchar) as space_kind,
    cast(name as varchar) as space_name
from {{ source('ops', 'ops__space') }}
