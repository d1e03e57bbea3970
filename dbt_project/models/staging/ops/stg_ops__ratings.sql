select
    cast(id as varchar) as rating_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(technician_id as varchar) as technician_id,
    cast(requested_at as {{ type_instant() }}) as requested_at,
    cast(rated_at as {{ type_instant() }}) as rated_at,
    cast(process_score as integer) as process_score,
    cast(timeliness_score as integer) as timeliness_score,
    cast(attitude_score as integer) as attitude_score,
    cast(comment as varchar) as comment
from {{ source('ops', 'ops__rating') }}
