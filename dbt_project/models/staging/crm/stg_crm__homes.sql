select
    cast(unit_code as varchar) as unit_code,
    cast(project_code as varchar) as project_code,
    cast(building_code as varchar) as building_code,
    cast(unit_type_code as varchar) as unit_type_code,
    cast(area_m2 as double) as area_m2,
    cast(sale_date as date) as sale_date,
    cast(handover_date as date) as handover_date,
    cast(updated_at as {{ type_instant() }}) as updated_at
from {{ source('crm', 'crm__home') }}
