select
    cast(table_name as varchar) as table_name,
    cast(row_count as bigint) as row_count,
    cast(snapshot_at as {{ type_instant() }}) as snapshot_at
from {{ source('ops', 'ops__control') }}
