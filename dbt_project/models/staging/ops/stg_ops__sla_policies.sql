select
    cast(id as bigint) as sla_policy_id,
    cast(severity as varchar) as severity,
    cast(category_code as varchar) as category_code,
    cast(target as varchar) as target,
    cast(target_minutes as integer) as target_minutes,
    cast(is_active as boolean) as is_active,
    cast(valid_from as {{ type_instant() }}) as valid_from,
    cast(valid_to as {{ type_instant() }}) as valid_to,
    cast(running_reasons as varchar) as running_reasons
from {{ source('ops', 'ops__sla_policy') }}
