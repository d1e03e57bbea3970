select
    cast(id as varchar) as material_batch_id,
    cast(code as varchar) as material_batch_code,
    cast(material_code as varchar) as material_code,
    cast(material_name as varchar) as material_name,
    cast(supplier_name as varchar) as supplier_name,
    cast(received_date as date) as received_date
from {{ source('ops', 'ops__material_batch') }}
