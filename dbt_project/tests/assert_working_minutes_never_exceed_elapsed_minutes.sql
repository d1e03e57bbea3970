-- Working time is a part of all time; more of it would mean a calendar whose segments overlap. One minute is left for
-- instants that count as the minute they fall in.
select ticket_id
from {{ ref('fct_tickets') }}
where
    working_to_close_minutes > elapsed_to_close_minutes + 1 + 2 * (paused_minutes > 0)::integer
    and not is_imported
