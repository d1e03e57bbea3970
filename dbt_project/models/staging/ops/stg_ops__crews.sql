select
    cast(id as varchar) as crew_id,
    cast(code as varchar) as crew_code,
    cast(name as varchar) as crew_name,
    cast(contractor_id as varchar) as contractor_id
from {{ source('ops', 'ops__crew') }}
