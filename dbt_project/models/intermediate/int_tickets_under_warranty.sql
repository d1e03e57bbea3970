-- Two clocks: the owner's runs from handover, the contractor's from completion acceptance. The terms in force when the
-- clock started count.

with

tickets as (select * from {{ ref('int_tickets_placed') }}),

warranty_terms as (select * from {{ ref('warranty_terms') }}),

dated_terms as (
    select
        trade_code,
        valid_from_date,
        lead(valid_from_date) over (partition by trade_code order by valid_from_date) as next_valid_from_date,
        owner_month_count,
        contractor_month_count
    from warranty_terms
),

judged as (
    select
        tickets.ticket_id,
        tickets.reported_date < {{ date_plus_months('tickets.handover_date', 'owner_terms.owner_month_count') }}
            as is_in_owner_warranty,
        tickets.reported_date < {{ date_plus_months(
            'tickets.completion_acceptance_date', 'contractor_terms.contractor_month_count'
        ) }} as is_in_contractor_warranty
    from tickets
    left join dated_terms as owner_terms
        on tickets.trade_code = owner_terms.trade_code
        and tickets.handover_date >= owner_terms.valid_from_date
        and tickets.handover_date < coalesce(owner_terms.next_valid_from_date, date '9999-12-31')
    left join dated_terms as contractor_terms
        on tickets.trade_code = contractor_terms.trade_code
        and tickets.completion_acceptance_date >= contractor_terms.valid_from_date
        and tickets.completion_acceptance_date < coalesce(contractor_terms.next_valid_from_date, date '9999-12-31')
)

select * from judged
