select
    cast(meter_code as varchar) as meter_code,
    cast(on_date as date) as on_date,
    cast(consumption_litres as double) as consumption_litres,
    cast(reading_count as integer) as reading_count,
    cast(backward_count as integer) as backward_count,
    cast(repeated_count as integer) as repeated_count,
    cast(night_min_litres as double) as night_min_litres,
    cast(is_night_flow as boolean) as is_night_flow,
    cast(night_flow_run_nights as integer) as night_flow_run_night_count,
    cast(night_flow_started_date as date) as night_flow_started_date
from {{ source('meters', 'meters__day') }}
