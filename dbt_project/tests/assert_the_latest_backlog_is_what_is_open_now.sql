-- The backlog of the last day and the open tickets of today are the same tickets, seen by two models. Tickets that an
-- older system left open with a closing date are open by their state and not in the backlog.
with

latest as (select ticket_id from {{ ref('fct_backlog_days') }} where is_latest),

open_tickets as (
    select ticket_id
    from {{ ref('fct_tickets') }}
    where is_open and closed_at is null and reported_date <= (select max(as_of_date) from {{ ref('fct_tickets') }})
)

(select ticket_id from latest except select ticket_id from open_tickets)
union all
(select ticket_id from open_tickets except select ticket_id from latest)
