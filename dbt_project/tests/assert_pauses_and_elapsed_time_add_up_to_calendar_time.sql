-- If they did not, a pause would be counted twice or a stretch of time not at all.
select ticket_id
from {{ ref('fct_tickets') }}
where abs(elapsed_to_close_minutes + paused_minutes - calendar_to_close_minutes) > 0.001
