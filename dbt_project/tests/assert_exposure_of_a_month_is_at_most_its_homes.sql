-- More home-months than homes in one month would make every defect rate too small.
select home_month_key
from {{ ref('fct_home_months') }}
where home_months > home_count or home_months < 0
