with

payments as (select * from {{ ref('stg_finance__payments') }}),

described as (
    select
        -- ids
        payment_key,
        ledger_code,
        project_code,
        ticket_number,

        -- strings
        supplier_name,
        description as payment_description,
        cost_group,
        service_area,
        currency_code,
        source_file,

        -- numbers
        amount_fen,

        -- flags
        amount_fen < 0 as is_credit,

        -- dates
        paid_date
    from payments
)

select * from described
order by paid_date
