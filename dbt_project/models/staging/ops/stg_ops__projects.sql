select
    cast(id as varchar) as project_id,
    cast(code as varchar) as project_code,
    cast(name as varchar) as project_name,
    cast(city as varchar) as city,
    cast(district as varchar) as district,
    cast(developer_name as varchar) as developer_name,
    cast(property_company_name as varchar) as property_company_name,
    cast(timezone as varchar) as timezone,
    cast(calendar_code as varchar) as calendar_code,
    cast(created_at as {{ type_instant() }}) as created_at
from {{ source('ops', 'ops__project') }}
