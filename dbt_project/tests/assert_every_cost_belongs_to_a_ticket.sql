-- Money that a join drops would be missing in the total and in nobody's account.
select cost_entry_id from {{ ref('stg_ops__cost_entries') }}
except
select cost_entry_id from {{ ref('fct_costs') }}
