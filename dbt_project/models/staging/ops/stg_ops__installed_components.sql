select
    cast(id as varchar) as installed_component_id,
    cast(project_id as varchar) as project_id,
    cast(building_id as varchar) as building_id,
    cast(component_code as varchar) as component_code,
    cast(contractor_id as varchar) as contractor_id,
    cast(material_batch_id as varchar) as material_batch_id,
    cast(installed_date as date) as installed_date
from {{ source('ops', 'ops__installed_component') }}
