with

exchange_calls as (select * from {{ ref('stg_calls__calls') }}),

logged_calls as (select * from {{ ref('stg_ops__calls') }}),

projects as (select * from {{ ref('stg_ops__projects') }}),

described as (
    select
        -- ids
        exchange_calls.exchange_code || '/' || exchange_calls.call_key as exchange_call_key,
        exchange_calls.call_key,
        exchange_calls.exchange_code,
        exchange_calls.agent_code,
        projects.project_code,
        logged_calls.ticket_id,

        -- strings
        exchange_calls.outcome as call_outcome,

        -- numbers
        exchange_calls.wait_second_count,
        exchange_calls.talk_second_count,

        -- flags
        exchange_calls.outcome <> 'phantom' as is_received,
        exchange_calls.outcome in ('answered', 'abandoned') as is_offered,
        exchange_calls.outcome = 'answered' as is_answered,
        exchange_calls.outcome = 'abandoned' as is_abandoned,
        exchange_calls.outcome = 'abandoned'
        and coalesce(exchange_calls.wait_second_count, 0) <= {{ var('short_call_seconds') }} as is_short,
        exchange_calls.outcome = 'answered'
        and coalesce(exchange_calls.wait_second_count, 0) <= {{ var('answer_target_seconds') }} as is_answered_in_time,

        -- dates
        exchange_calls.call_date,

        -- instants
        exchange_calls.offered_at,
        exchange_calls.answered_at,
        exchange_calls.ended_at
    from exchange_calls
    left join logged_calls on exchange_calls.call_key = logged_calls.exchange_key
    left join projects on logged_calls.project_id = projects.project_id
)

select * from described
order by call_date, offered_at
