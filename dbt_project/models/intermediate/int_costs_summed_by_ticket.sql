with

cost_entries as (select * from {{ ref('stg_ops__cost_entries') }}),

summed as (
    select
        ticket_id,
        cast(sum(amount_fen) as bigint) as cost_fen,
        cast(sum(case when payer = 'contractor' then amount_fen else 0 end) as bigint) as recovered_fen
    from cost_entries
    group by ticket_id
)

select * from summed
