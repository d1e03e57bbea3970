-- The backlog of the last day and the open tickets of today are the same tickets, seen by two models. Tickets that an
-- older system left open with a closing date are open by their state and not in the backlog.
with

backlog as (select * from {{ ref('fct_backlog_days') }}),

latest as (
    select ticket_id
    from backlog
    where is_latest
),

open_tickets as (
    select ticket_id
    from {{ ref('fct_tickets') }}
    where is_open and closed_at is null and reported_date <= (select max(as_of_date) from {{ ref('fct_tickets') }})
)

select coalesce(latest.ticket_id, open_tickets.ticket_id) as ticket_id
from latest
full outer join open_tickets on latest.ticket_id = open_tickets.ticket_id
where latest.ticket_id is null or open_tickets.ticket_id is null
