-- A visit without a ticket would count in the promises and never in a first-time fix.
select visit_id from {{ ref('stg_ops__visits') }}
except
select visit_id from {{ ref('fct_visits') }}
