select
    cast(id as varchar) as task_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(node_key as varchar) as node_key,
    cast(kind as varchar) as task_kind,
    cast(role as varchar) as role_code,
    cast(crew_id as varchar) as crew_id,
    cast(assignee_id as varchar) as assignee_id,
    cast(state as varchar) as state,
    cast(outcome as varchar) as outcome,
    cast(opened_at as {{ type_instant() }}) as opened_at,
    cast(due_at as {{ type_instant() }}) as due_at,
    cast(ended_at as {{ type_instant() }}) as ended_at
from {{ source('ops', 'ops__task') }}
