-- A negative duration would pull every average down. Older systems wrote such times, and those are counted by a measure
-- of their own; our own process cannot.
select ticket_id
from {{ ref('fct_tickets') }}
where not is_imported and resolved_at < reported_at
