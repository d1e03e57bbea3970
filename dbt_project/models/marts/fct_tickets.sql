with

placed as (select * from {{ ref('int_tickets_placed') }}),

timed as (select * from {{ ref('int_tickets_timed') }}),

visited as (select * from {{ ref('int_visits_summed_by_ticket') }}),

assigned as (select * from {{ ref('int_tasks_assigned') }}),

repeated as (select * from {{ ref('int_tickets_repeated') }}),

promised as (select * from {{ ref('int_tickets_promised') }}),

warranties as (select * from {{ ref('int_tickets_under_warranty') }}),

costs as (select * from {{ ref('int_costs_summed_by_ticket') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

joined as (
    select
        placed.*,
        timed.acknowledged_at,
        timed.dispatched_at,
        timed.arrived_at,
        timed.fixed_at,
        timed.followed_up_at,
        -- An older system wrote no fix down; there the closing is the best that is known.
        coalesce(timed.fixed_at, case when placed.state = 'closed' then placed.closed_at end) as resolved_at,
        timed.elapsed_to_acknowledge_minutes,
        timed.working_to_acknowledge_minutes,
        timed.elapsed_to_dispatch_minutes,
        timed.working_to_dispatch_minutes,
        timed.elapsed_to_arrive_minutes,
        timed.working_to_arrive_minutes,
        coalesce(
            timed.elapsed_to_fix_minutes, case when placed.state = 'closed' then timed.elapsed_to_close_minutes end
        ) as elapsed_to_resolve_minutes,
        coalesce(
            timed.working_to_fix_minutes, case when placed.state = 'closed' then timed.working_to_close_minutes end
        ) as working_to_resolve_minutes,
        timed.elapsed_to_close_minutes,
        timed.working_to_close_minutes,
        timed.acknowledge_working_to_date_minutes,
        timed.arrive_working_to_date_minutes,
        {{ minutes_between('placed.reported_at', 'placed.closed_at') }} as calendar_to_close_minutes,
        coalesce(timed.paused_minutes, 0) as paused_minutes,
        coalesce(timed.reopened_count, 0) as reopened_count,
        coalesce(visited.staff_number, assigned.staff_number) as staff_number,
        coalesce(visited.crew_code, assigned.crew_code) as crew_code,
        coalesce(visited.visit_count, 0) as visit_count,
        coalesce(visited.repair_visit_count, 0) as repair_visit_count,
        visited.is_fixed_first_time,
        repeated.minutes_to_next_at_building,
        repeated.has_repeat,
        repeated.is_repeat,
        promised.acknowledge_target_minutes,
        promised.arrive_target_minutes,
        promised.resolve_running_reasons,
        warranties.is_in_owner_warranty,
        warranties.is_in_contractor_warranty,
        coalesce(costs.cost_fen, 0) as cost_fen,
        coalesce(costs.recovered_fen, 0) as recovered_fen,
        horizon.data_as_of,
        {{ local_date('horizon.data_as_of', 'placed.timezone') }} as as_of_date
    from placed
    inner join timed on placed.ticket_id = timed.ticket_id
    left join visited on placed.ticket_id = visited.ticket_id
    left join assigned on placed.ticket_id = assigned.ticket_id
    inner join repeated on placed.ticket_id = repeated.ticket_id
    left join promised on placed.ticket_id = promised.ticket_id
    left join warranties on placed.ticket_id = warranties.ticket_id
    left join costs on placed.ticket_id = costs.ticket_id
    cross join horizon
),

judged as (
    select
        -- ids
        ticket_id,
        ticket_number,
        project_code,
        building_code,
        full_building_code,
        unit_code,
        unit_type_code,
        full_unit_type_code,
        space_id,
        category_code,
        component_code,
        defect_code,
        trade_code,
        contractor_code,
        material_batch_code,
        crew_code,
        staff_number,

        -- strings
        space_kind,
        severity,
        channel,
        state,
        node_key,
        owner_status,
        pause_reason,
        title,
        closed_at_precision,
        source_system,
        source_key,
        case when state = 'open' then {{ age_band(days_between('reported_date', 'as_of_date')) }} end as open_age_band,

        -- numbers
        cast(extract(hour from reported_local_time) as integer) as reported_hour,
        {{ iso_weekday('reported_date') }} as reported_weekday,
        {{ full_months_between('handover_date', 'reported_date') }} as months_since_handover_count,
        elapsed_to_acknowledge_minutes,
        working_to_acknowledge_minutes,
        elapsed_to_dispatch_minutes,
        working_to_dispatch_minutes,
        elapsed_to_arrive_minutes,
        working_to_arrive_minutes,
        elapsed_to_resolve_minutes,
        working_to_resolve_minutes,
        elapsed_to_close_minutes,
        working_to_close_minutes,
        calendar_to_close_minutes,
        paused_minutes,
        minutes_to_next_at_building,
        {{ days_between('reported_date', 'closed_date') }} as days_to_close_count,
        case when state = 'open' then {{ days_between('reported_date', 'as_of_date') }} end as open_days_count,
        reopened_count,
        visit_count,
        repair_visit_count,
        cost_fen,
        recovered_fen,

        -- flags
        state = 'open' as is_open,
        state = 'closed' as is_closed,
        resolved_at is not null as is_resolved,
        source_system is not null as is_imported,
        pause_reason is not null as is_paused,
        reopened_count > 0 as is_reopened,
        closed_at < reported_at as is_negative_duration,
        is_in_owner_warranty,
        is_in_contractor_warranty,
        case
            when acknowledged_at is not null then working_to_acknowledge_minutes <= acknowledge_target_minutes
            when acknowledge_working_to_date_minutes > acknowledge_target_minutes then false
        end as is_acknowledged_in_time,
        case
            when arrived_at is not null then working_to_arrive_minutes <= arrive_target_minutes
            when closed_at is null and arrive_working_to_date_minutes > arrive_target_minutes then false
        end as is_arrived_in_time,
        -- An open ticket past its due time is a breach today; waiting for its closing would hide it. While a pause stops
        -- the clock the due time still moves, so nothing is decided.
        case
            when state in ('rejected', 'cancelled') then null
            when resolved_at is not null then resolved_at <= resolve_due_at
            when
                (pause_reason is null or not {{ stops_clock('pause_reason', 'resolve_running_reasons') }})
                and data_as_of > resolve_due_at
                then false
        end as is_sla_met,
        case when repair_visit_count > 0 then is_fixed_first_time end as is_first_time_fix,
        is_repeat as is_repeat_90d,
        -- Judged only once the whole 90 days can be seen.
        case
            when state = 'closed' and place_key is not null and {{ instant_plus_days('closed_at', 90) }} <= data_as_of
                then has_repeat
        end as was_repeated_90d,
        case when state = 'closed' and source_system is null then followed_up_at is not null end as is_followed_up,

        -- dates
        reported_date,
        closed_date,
        {{ local_date('resolved_at', 'timezone') }} as resolved_date,
        handover_date,
        {{ month_of('handover_date') }} as handover_month,
        as_of_date,

        -- instants
        reported_at,
        acknowledged_at,
        dispatched_at,
        arrived_at,
        fixed_at,
        resolved_at,
        followed_up_at,
        closed_at,
        resolve_due_at,
        data_as_of
    from joined
)

select * from judged
order by project_code, full_building_code, reported_at
