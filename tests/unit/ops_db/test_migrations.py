"""The migrations and the models describe one database, and the database keeps its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from ops_db.migrate import migrate
from ops_db.models import APPEND_ONLY_TABLES, EXTRACTED_TABLES, SCHEMA, Base


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name == SCHEMA


@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_migrations_build_exactly_what_the_models_describe(connection: Connection) -> None:
    options = {"include_schemas": True, "version_table_schema": SCHEMA, "include_name": ours}
    context = MigrationContext.configure(connection, opts=options)

    assert compare_metadata(context, Base.metadata) == []


def test_migrating_a_current_database_changes_nothing(database_url: str, connection: Connection) -> None:
    migrate(database_url)

    assert connection.scalar(text("select count(*) from ops.alembic_version")) == 1


def test_every_extracted_table_stamps_changes_and_leaves_tombstones(connection: Connection) -> None:
    rows = connection.execute(
        text("""
            select event_object_table::text, array_agg(distinct trigger_name::text) from information_schema.triggers
            where trigger_schema = 'ops' group by 1
        """)
    ).all()
    triggers = {table: set(names) for table, names in rows}

    for table in set(EXTRACTED_TABLES) - set(APPEND_ONLY_TABLES):
        assert {"stamp_changed_xid", "leave_tombstone"} <= triggers.get(table, set()), table


def test_a_change_moves_the_row_to_the_changing_transaction(connection: Connection) -> None:
    connection.execute(text("insert into ops.contractor (code, name) values ('C1', 'one')"))
    connection.commit()
    before = connection.scalar(text("select changed_xid::text::bigint from ops.contractor"))
    connection.execute(text("update ops.contractor set name = 'two'"))
    connection.commit()

    assert connection.scalar(text("select changed_xid::text::bigint from ops.contractor")) > before


def test_a_deleted_row_leaves_a_tombstone(connection: Connection) -> None:
    connection.execute(text("insert into ops.contractor (code, name) values ('C1', 'one')"))
    key = connection.scalar(text("delete from ops.contractor returning id::text"))

    assert connection.execute(text("select table_name, row_key from ops.tombstone")).all() == [("contractor", key)]


def test_an_audit_entry_cannot_be_changed_or_removed(connection: Connection) -> None:
    connection.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('system', 'test:run')"))
    connection.commit()

    for statement in ("update ops.audit_entry set deed = 'x:y'", "delete from ops.audit_entry"):
        with pytest.raises(DBAPIError, match="only ever added"):
            connection.execute(text(statement))
        connection.rollback()


def test_a_published_definition_never_changes(connection: Connection) -> None:
    connection.execute(
        text("""
            insert into ops.process_definition (key, version, state, definition, published_at)
            values ('k', 1, 'published', '{}', now())
        """)
    )
    connection.commit()

    with pytest.raises(DBAPIError, match="never changes"):
        connection.execute(text("""update ops.process_definition set definition = '{"a": 1}'"""))
    connection.rollback()
    connection.execute(text("update ops.process_definition set state = 'retired'"))
    with pytest.raises(DBAPIError, match="never changes"):
        connection.execute(text("delete from ops.process_definition"))


def test_tickets_from_before_know_what_their_steps_were_given(connection: Connection) -> None:
    connection.execute(text("insert into ops.calendar (code, name, timezone) values ('C', 'C', 'Asia/Shanghai')"))
    connection.execute(
        text("""
            with project as (
                insert into ops.project (code, name, city, calendar_code) values ('P', 'P', 'P', 'C') returning id),
            definition as (
                insert into ops.process_definition (key, version, state, definition, published_at)
                values ('k', 1, 'published', '{}', now()) returning id),
            made as (
                insert into ops.ticket (project_id, channel, title, process_definition_id, node_key, owner_status,
                                        version, reported_at, process_data)
                select project.id, 'desk', 'old', definition.id, 'n', 'accepted', 3, now(), cast(given as jsonb)
                  from project, definition, (values ('{}'), ('{"kept": 1}')) as one (given)
                returning id)
            insert into ops.ticket_event (ticket_id, version, kind, node_key, actor_kind, occurred_at, payload)
            select id, version, 'task:complete', 'n', 'system', now(), cast(payload as jsonb)
              from made, (values
                (1, '{"data": {"estimated_cost_fen": 100, "has_floor_heating": true, "note": "a"}}'), (2, '{}'),
                (3, '{"data": {"estimated_cost_fen": 250, "reason": "b"}}')) as event (version, payload)
        """)
    )
    migration = import_module("ops_db.migrations.versions.2026_11_24_process_engine")
    connection.execute(text(migration.FILL_PROCESS_DATA))

    given = connection.execute(text("select process_data from ops.ticket")).scalars().all()
    assert {"estimated_cost_fen": 250, "has_floor_heating": True} in given, "the latest counts, words do not"
    assert {"kept": 1} in given
