select
    cast(id as varchar) as call_id,
    cast(direction as varchar) as direction,
    cast(project_id as varchar) as project_id,
    cast(unit_id as varchar) as unit_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(agent_id as varchar) as agent_id,
    cast(exchange_key as varchar) as exchange_key,
    cast(started_at as {{ type_instant() }}) as started_at,
    cast(ended_at as {{ type_instant() }}) as ended_at,
    cast(is_resolved as boolean) as is_resolved
from {{ source('ops', 'ops__call') }}
