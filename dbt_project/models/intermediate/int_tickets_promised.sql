-- One row per ticket: the promised minutes to acknowledgement, arrival and repair, and for each the reasons of pauses
-- that do not stop its clock, with commas between. A policy for the category goes before one
-- for the severity alone, and the one that held when the ticket was reported counts, whatever was changed since.

with

tickets as (select * from {{ ref('int_tickets_placed') }}),

sla_policies as (select * from {{ ref('stg_ops__sla_policies') }}),

active as (
    select severity, category_code, target, target_minutes, running_reasons, valid_from, valid_to
    from sla_policies
    where is_active
),

promised as (
    select
        tickets.ticket_id,
        {% for target in ['acknowledge', 'arrive', 'resolve'] %}
        coalesce(
            max(
                case
                    when active.target = '{{ target }}' and active.category_code is not null then active.target_minutes
                end
            ),
            max(case when active.target = '{{ target }}' then active.target_minutes end)
        ) as {{ target }}_target_minutes,
        coalesce(
            max(
                case
                    when active.target = '{{ target }}' and active.category_code is not null then active.running_reasons
                end
            ),
            max(case when active.target = '{{ target }}' then active.running_reasons end)
        ) as {{ target }}_running_reasons{{ "," if not loop.last }}
        {% endfor %}
    from tickets
    inner join active
        on tickets.severity = active.severity
        and (active.category_code is null or active.category_code = tickets.category_code)
        and tickets.reported_at >= active.valid_from
        and (active.valid_to is null or tickets.reported_at < active.valid_to)
    -- An older system promised nothing in these terms.
    where tickets.source_system is null
    group by tickets.ticket_id
)

select * from promised
