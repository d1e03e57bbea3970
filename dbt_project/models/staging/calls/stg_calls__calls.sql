select
    cast(call_key as varchar) as call_key,
    cast(exchange_code as varchar) as exchange_code,
    cast(offered_at as {{ type_instant() }}) as offered_at,
    cast(answered_at as {{ type_instant() }}) as answered_at,
    cast(ended_at as {{ type_instant() }}) as ended_at,
    cast(wait_seconds as integer) as wait_second_count,
    cast(talk_seconds as integer) as talk_second_count,
    cast(outcome as varchar) as outcome,
    cast(agent_code as varchar) as agent_code,
    cast(call_date as date) as call_date
from {{ source('calls', 'calls__call') }}
