select
    cast(id as varchar) as asset_id,
    cast(project_id as varchar) as project_id,
    cast(building_id as varchar) as building_id,
    cast(unit_id as varchar) as unit_id,
    cast(component_code as varchar) as component_code,
    cast(serial_number as varchar) as serial_number,
    cast(is_active as boolean) as is_active
from {{ source('ops', 'ops__asset') }}
