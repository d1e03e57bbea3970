select
    cast(id as varchar) as unit_id,
    cast(project_id as varchar) as project_id,
    cast(building_id as varchar) as building_id,
    cast(unit_type_id as varchar) as unit_type_id,
    cast(code as varchar) as unit_code,
    cast(room_number as varchar) as room_number,
    cast(floor as integer) as floor,
    cast(handover_date as date) as handover_date
from {{ source('ops', 'ops__unit') }}
