select
    cast(id as varchar) as staff_id,
    cast(staff_number as varchar) as staff_number,
    cast(name as varchar) as staff_name,
    cast(kind as varchar) as staff_kind,
    cast(crew_id as varchar) as crew_id,
    cast(is_active as boolean) as is_active
from {{ source('ops', 'ops__staff') }}
