"""SQL of the history import: the frame is copied into a temporary table, and each table filled from it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, text

from ops_db.history_import.canonical import COLUMNS, SQL_TYPES
from ops_db.integrity.linking import insert_linked

_CREATE = f"""
    create temporary table canonical (
        {", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in COLUMNS.items())},
        id uuid not null default gen_random_uuid(),
        is_new boolean not null default true
    ) on commit drop
"""
_COPY = f"copy canonical ({', '.join(COLUMNS)}) from stdin with (format csv)"
# Two imports at once would both find the same tickets missing.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('anju history import', 0))")
_PREPARE = (
    text("""
        delete from canonical using (
            select ctid, row_number() over (partition by source_system, source_key) as repeat from canonical) as ranked
         where canonical.ctid = ranked.ctid and ranked.repeat > 1
    """),
    text("""
        update canonical set is_new = false from ops.ticket
         where ticket.source_system = canonical.source_system and ticket.source_key = canonical.source_key
    """),
    text("analyze canonical"),
)
_COUNTS = text("""
    select count(*) as row_count, count(*) filter (where is_new) as new_count,
           count(*) filter (where is_new and is_state_in_doubt) as in_doubt_count,
           count(*) filter (where is_new and state = 'open') as open_count
      from canonical
""")

ADD: dict[str, str] = {
    "project": """
        insert into ops.project (code, name, city, timezone)
        select project_code, min(project_name), min(city), min(timezone) from canonical where is_new
         group by project_code on conflict do nothing
    """,
    "building": """
        insert into ops.building (project_id, code, name, address)
        select project.id, building_code, min(building_name), min(building_address)
          from canonical join ops.project on project.code = project_code
         where is_new and building_code is not null
         group by project.id, building_code on conflict do nothing
    """,
    "unit": """
        insert into ops.unit (project_id, building_id, code, room_number)
        select distinct on (unit_code) project.id, building.id, unit_code, canonical.room_number
          from canonical
          join ops.project on project.code = project_code
          join ops.building on building.project_id = project.id and building.code = building_code
         where is_new and unit_code is not null
         order by unit_code on conflict do nothing
    """,
    "defect_category": """
        insert into ops.defect_category (code, name_zh, name_en)
        select category_code, min(category_name), min(category_name) from canonical where is_new
         group by category_code on conflict do nothing
    """,
    "component": """
        insert into ops.component (code, category_code, name_zh, name_en, trade, is_public)
        select component_code, min(category_code), min(component_name), min(component_name), min(trade),
               bool_or(is_public)
          from canonical where is_new and component_code is not null
         group by component_code on conflict do nothing
    """,
    "defect": """
        insert into ops.defect (code, component_code, name_zh, name_en)
        select defect_code, min(component_code), min(defect_name), min(defect_name)
          from canonical where is_new and defect_code is not null
         group by defect_code on conflict do nothing
    """,
    "ticket": """
        insert into ops.ticket (id, project_id, building_id, unit_id, category_code, component_code, defect_code,
            severity, channel, title, description, process_definition_id, state, node_key, owner_status, version,
            reported_at, closed_at, closed_at_precision, source_system, source_key, created_at)
        select canonical.id, project.id, building.id, unit.id, category_code, canonical.component_code, defect_code,
               severity, channel, title, description, :process_definition_id, state,
               case state when 'open' then :node_key end,
               case state when 'open' then :open_status when 'closed' then 'finished' else state end,
               case when state <> 'open' and closed_at is not null then 2 else 1 end,
               reported_at, closed_at, coalesce(closed_at_precision, 'second'), source_system, source_key, :now
          from canonical
          join ops.project on project.code = project_code
          left join ops.building on building.project_id = project.id and building.code = building_code
          left join ops.unit on unit.code = unit_code
         where is_new
         order by reported_at
    """,
    "ticket_event": insert_linked(
        """
        select id as ticket_id, 1 as version, 'ticket:import' as kind,
               case state when 'open' then :node_key end as node_key, null::uuid as task_id,
               'system' as actor_kind, null::uuid as actor_id, null::uuid as staff_id, reported_at as occurred_at,
               jsonb_strip_nulls(jsonb_build_object('source_state', source_state,
                   'imported_at', cast(:now as timestamptz), 'is_state_in_doubt', is_state_in_doubt,
                   'attributes', cast(attributes as jsonb),
                   'owner_status', case state when 'open' then cast(:open_status as text) end)) as payload
          from canonical where is_new
        union all
        select id, 2, case state when 'closed' then 'ticket:close' when 'rejected' then 'ticket:reject'
                            else 'ticket:cancel' end, null, null, 'system', null, null, closed_at,
               jsonb_strip_nulls(jsonb_build_object('resolution', resolution_text,
                   'owner_status', case state when 'closed' then 'finished' else state end))
          from canonical where is_new and state <> 'open' and closed_at is not null
        """
    ),
    "task": """
        insert into ops.task (ticket_id, node_key, role, opened_at)
        select id, :node_key, :role, reported_at from canonical where is_new and state = 'open'
    """,
}
"""What is added from the frame, in the order in which rows refer to one another."""


def copy_in(connection: Connection, batches: Iterable[bytes]) -> int:
    """Copy the frame into a temporary table, mark what is new, and count the repeated rows left out."""
    connection.execute(_LOCK)
    connection.execute(text(_CREATE))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for batch in batches:
            copy.write(batch)
    repeats, *_ = [connection.execute(statement).rowcount for statement in _PREPARE]
    return repeats


def counts(connection: Connection) -> Row[Any]:
    """How many rows the frame has, and how many of them are new, open, in doubt."""
    return connection.execute(_COUNTS).one()


def add(connection: Connection, table: str, values: dict[str, Any]) -> int:
    """Fill one table from the frame and count the rows."""
    statement = text(ADD[table])
    wanted = statement.compile().params
    added = connection.execute(statement, {name: values[name] for name in wanted}).rowcount
    # Foreign keys are checked by plans made from statistics. Those of a table just filled still say it is empty, and
    # checking 20,000 events then took a minute instead of a second.
    connection.execute(text(f"analyze ops.{table}"))
    return added


def process(connection: Connection, *, key: str) -> Row[Any] | None:
    """Id and definition of the newest published version of a process."""
    statement = text("""
        select id, definition from ops.process_definition where key = :key and state = 'published'
         order by version desc limit 1
    """)
    return connection.execute(statement, {"key": key}).one_or_none()
