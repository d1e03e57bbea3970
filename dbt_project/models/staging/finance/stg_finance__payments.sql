select
    cast(payment_key as varchar) as payment_key,
    cast(ledger_code as varchar) as ledger_code,
    cast(paid_date as date) as paid_date,
    cast(supplier_name as varchar) as supplier_name,
    cast(description as varchar) as description,
    cast(cost_group as varchar) as cost_group,
    cast(service_area as varchar) as service_area,
    cast(currency_code as varchar) as currency_code,
    cast(amount_fen as bigint) as amount_fen,
    cast(project_code as varchar) as project_code,
    cast(ticket_number as varchar) as ticket_number,
    cast(source_file as varchar) as source_file
from {{ source('finance', 'finance__payment') }}
