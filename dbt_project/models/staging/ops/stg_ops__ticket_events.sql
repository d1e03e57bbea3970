select
    cast(id as bigint) as ticket_event_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(version as integer) as version,
    cast(kind as varchar) as kind,
    cast(node_key as varchar) as node_key,
    cast(task_id as varchar) as task_id,
    cast(actor_kind as varchar) as actor_kind,
    cast(actor_id as varchar) as actor_id,
    cast(staff_id as varchar) as staff_id,
    cast(occurred_at as {{ type_instant() }}) as occurred_at,
    {{ json_text('payload', 'milestone') }} as milestone,
    {{ json_text('payload', 'choice') }} as choice,
    case when kind = 'ticket:pause' then {{ json_text('payload', 'data.reason') }} end as pause_reason
from {{ source('ops', 'ops__ticket_event') }}
