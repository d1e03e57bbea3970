select
    cast(id as varchar) as building_id,
    cast(project_id as varchar) as project_id,
    cast(code as varchar) as building_code,
    cast(name as varchar) as building_name,
    cast(address as varchar) as address,
    cast(floor_count as integer) as floor_count,
    cast(completion_acceptance_date as date) as completion_acceptance_date
from {{ source('ops', 'ops__building') }}
