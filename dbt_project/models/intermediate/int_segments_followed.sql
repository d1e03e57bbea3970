with

segments as (select * from {{ ref('stg_calendar__segments') }}),

followed as (
    select
        calendar_code,
        starts_at,
        ends_at,
        lead(starts_at) over (partition by calendar_code order by starts_at) as next_starts_at,
        minutes_before,
        {{ minutes_between('starts_at', 'ends_at') }} as length_minutes
    from segments
)

select * from followed
