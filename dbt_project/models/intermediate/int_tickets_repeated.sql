-- Which tickets were followed by another one: at the same building, and of the same component in the same home.

with

tickets as (select * from {{ ref('int_tickets_placed') }}),

-- Days are counted by the clock on the wall, as people count them, also in a zone that changes its clocks.
at_buildings as (
    select
        ticket_id,
        {{ minutes_between(
            'reported_local_time',
            'lead(reported_local_time) over (partition by building_id order by reported_local_time, ticket_id)'
        ) }} as minutes_to_next_at_building
    from tickets
    where building_id is not null
),

pairs as (
    select
        earlier.ticket_id as earlier_ticket_id,
        later.ticket_id as later_ticket_id
    from tickets as earlier
    inner join tickets as later
        on earlier.place_key = later.place_key
        and later.reported_at > earlier.closed_at
        and later.reported_at <= {{ instant_plus_days('earlier.closed_at', 90) }}
),

repeated as (
    select distinct earlier_ticket_id
    from pairs
),

repeating as (
    select distinct later_ticket_id
    from pairs
),

joined as (
    select
        tickets.ticket_id,
        at_buildings.minutes_to_next_at_building,
        repeated.earlier_ticket_id is not null as has_repeat,
        repeating.later_ticket_id is not null as is_repeat
    from tickets
    left join at_buildings on tickets.ticket_id = at_buildings.ticket_id
    left join repeated on tickets.ticket_id = repeated.earlier_ticket_id
    left join repeating on tickets.ticket_id = repeating.later_ticket_id
)

select * from joined
