-- The exposure: how long how many homes could have reported a defect. Homes of one building and type that were handed
-- over in one month run through their months together, so one row stands for all of them.

with

homes as (select * from {{ ref('dim_homes') }}),

horizon as (select * from {{ ref('int_horizon_determined') }}),

dates as (select * from {{ ref('dim_dates') }}),

cohorts as (
    select
        project_code,
        full_building_code,
        full_unit_type_code,
        unit_type_code,
        handover_date,
        handover_month,
        count(*) as home_count
    from homes
    where handover_date is not null
    group by project_code, full_building_code, full_unit_type_code, unit_type_code, handover_date, handover_month
),

months as (
    select
        month_start_date,
        max(date_day) as month_end_date,
        count(*) as day_count
    from dates
    group by month_start_date
),

exposed as (
    select
        cohorts.project_code,
        cohorts.full_building_code,
        cohorts.full_unit_type_code,
        cohorts.unit_type_code,
        cohorts.handover_month,
        months.month_start_date,
        cohorts.home_count,
        -- The month of the handover and the month the data ends in count by their days.
        cohorts.home_count * (
            {{ days_between(
                'greatest(months.month_start_date, cohorts.handover_date)',
                'least(months.month_end_date, cast(horizon.data_as_of as date))'
            ) }} + 1
        ) / cast(months.day_count as double) as home_months
    from cohorts
    cross join horizon
    inner join months
        on months.month_end_date >= cohorts.handover_date
        and months.month_start_date <= cast(horizon.data_as_of as date)
),

summed as (
    select
        full_building_code || '/' || coalesce(full_unit_type_code, '-') || '/' || cast(handover_month as varchar)
        || '/' || cast(month_start_date as varchar) as home_month_key,
        project_code,
        full_building_code,
        full_unit_type_code,
        unit_type_code,
        {{ full_months_between('handover_month', 'month_start_date') }} as months_since_handover_count,
        cast(sum(home_count) as bigint) as home_count,
        sum(home_months) as home_months,
        handover_month,
        month_start_date
    from exposed
    group by
        project_code, full_building_code, full_unit_type_code, unit_type_code, handover_month, month_start_date
)

select * from summed
order by project_code, full_building_code, month_start_date
