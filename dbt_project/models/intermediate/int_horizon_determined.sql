with

controls as (select * from {{ ref('stg_ops__controls') }}),

tickets as (select * from {{ ref('stg_ops__tickets') }}),

last_extraction as (
    select max(snapshot_at) as snapshot_at
    from controls
),

-- Without control totals the newest report is the best that can be said of when the data ends.
last_report as (
    select max(reported_at) as reported_at
    from tickets
),

determined as (
    select coalesce(last_extraction.snapshot_at, last_report.reported_at) as data_as_of
    from last_extraction
    cross join last_report
)

select * from determined
