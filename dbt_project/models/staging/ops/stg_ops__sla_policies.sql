select
    cast(id as bigint) as sla_policy_id,
    cast(severity as varchar) as severity,
    cast(category_code as varchar) as category_code,
    cast(target as varchar) as target,
    cast(target_minutes as integer) as target_minutes,
    cast(is_active as boolean) as is_active
from {{ source('ops', 'ops__sla_policy') }}
