select
    cast(id as varchar) as contractor_id,
    cast(code as varchar) as contractor_code,
    cast(name as varchar) as contractor_name
from {{ source('ops', 'ops__contractor') }}
