select
    cast(id as varchar) as cost_entry_id,
    cast(ticket_id as varchar) as ticket_id,
    cast(kind as varchar) as cost_kind,
    cast(amount_fen as bigint) as amount_fen,
    cast(quantity as double) as quantity,
    cast(material_code as varchar) as material_code,
    cast(material_batch_id as varchar) as material_batch_id,
    cast(payer as varchar) as payer,
    cast(contractor_id as varchar) as contractor_id,
    cast(note as varchar) as note,
    cast(reverses_id as varchar) as reverses_cost_entry_id,
    cast(incurred_at as {{ type_instant() }}) as incurred_at
from {{ source('ops', 'ops__cost_entry') }}
