-- Working time is a part of all time; more of it would mean a calendar whose segments overlap. One minute is left for
-- instants that count as the minute they fall in.
select ticket_id
from {{ ref('fct_tickets') }}
where
    working_to_close_minutes > elapsed_to_close_minutes + 1 + case when paused_minutes > 0 then 2 else 0 end
    and not is_imported
