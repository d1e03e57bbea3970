select
    cast(calendar_code as varchar) as calendar_code,
    cast(starts_at as {{ type_instant() }}) as starts_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    cast(minutes_before as bigint) as minutes_before
from {{ source('calendar', 'calendar__segments') }}
