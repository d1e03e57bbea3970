with

cost_entries as (select * from {{ ref('stg_ops__cost_entries') }}),

tickets as (select * from {{ ref('int_tickets_placed') }}),

warranties as (select * from {{ ref('int_tickets_under_warranty') }}),

contractors as (select * from {{ ref('stg_ops__contractors') }}),

material_batches as (select * from {{ ref('stg_ops__material_batches') }}),

described as (
    select
        -- ids
        cost_entries.cost_entry_id,
        cost_entries.ticket_id,
        tickets.ticket_number,
        tickets.project_code,
        tickets.full_building_code,
        tickets.unit_code,
        tickets.full_unit_type_code,
        tickets.category_code,
        tickets.component_code,
        coalesce(contractors.contractor_code, tickets.contractor_code) as contractor_code,
        coalesce(material_batches.material_batch_code, tickets.material_batch_code) as material_batch_code,
        cost_entries.material_code,

        -- strings
        cost_entries.cost_kind,
        cost_entries.payer,
        cost_entries.note,

        -- numbers
        cost_entries.amount_fen,
        cost_entries.quantity,

        -- flags
        cost_entries.payer = 'contractor' as is_recovered,
        -- Somebody else answers for it: a contractor is known and the contractor's own clock was still running.
        cost_entries.payer = 'contractor'
        or (
            cost_entries.payer = 'developer'
            and tickets.contractor_code is not null
            and coalesce(warranties.is_in_contractor_warranty, false)
        ) as is_recoverable,
        -- The developer owes the repair to the owner, and the contractor no longer owes it to the developer.
        cost_entries.payer = 'developer'
        and coalesce(warranties.is_in_owner_warranty, false)
        and not coalesce(warranties.is_in_contractor_warranty, true) as is_gap,

        -- dates
        {{ local_date('cost_entries.incurred_at', 'tickets.timezone') }} as incurred_date,

        -- instants
        cost_entries.incurred_at
    from cost_entries
    inner join tickets on cost_entries.ticket_id = tickets.ticket_id
    left join warranties on cost_entries.ticket_id = warranties.ticket_id
    left join contractors on cost_entries.contractor_id = contractors.contractor_id
    left join material_batches on cost_entries.material_batch_id = material_batches.material_batch_id
)

select * from described
order by project_code, incurred_date
