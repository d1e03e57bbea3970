with

segments as (select * from {{ ref('stg_calendar__segments') }}),

followed as (
    select
        calendar_code,
        starts_at,
        ends_at,
        lead(starts_at) over (partition by calendar_code order by starts_at) as next_starts_at,
        minutes_before,
        {{ whole_minute('starts_at') }} as start_minute,
        {{ whole_minute('ends_at') }} as end_minute
    from segments
)

select * from followed
