select
    cast(id as varchar) as visit_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(task_id as varchar) as task_id,
    cast(technician_id as varchar) as technician_id,
    cast(purpose as varchar) as purpose,
    cast(promised_from as {{ type_instant() }}) as promised_from_at,
    cast(promised_to as {{ type_instant() }}) as promised_to_at,
    cast(departed_at as {{ type_instant() }}) as departed_at,
    cast(arrived_at as {{ type_instant() }}) as arrived_at,
    cast(left_at as {{ type_instant() }}) as left_at,
    cast(outcome as varchar) as outcome
from {{ source('ops', 'ops__visit') }}
