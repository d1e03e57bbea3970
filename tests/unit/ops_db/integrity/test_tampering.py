"""Each kind of tampering with the logs is found, back to the last anchor."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text

from core.settings import Settings
from ops_db.engine import command_engine
from ops_db.integrity import anchors, chains
from ops_db.integrity.chains import verify_tickets
from ops_db.integrity.verification import anchor_now, verify, verify_all
from ops_db.seed import seed
from tests.settled_server import settle

NOW = dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)

Tamper = Callable[[Connection], None]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=SecretStr(database_url))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with six tickets of five events each, and twelve deeds of three actors."""
    engine = command_engine(database_url)
    with engine.begin() as connection:
        seed(connection, now=NOW)
        connection.execute(text("insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州')"))
        connection.execute(
            text("""
                with opened as (
                    insert into ops.ticket (project_id, channel, title, process_definition_id, owner_status,
                                            reported_at, version)
                    select project.id, 'phone', 'T' || n, (select id from ops.process_definition limit 1), 'received',
                           cast(:now as timestamptz), 5 from ops.project, generate_series(1, 6) as n returning id)
                insert into ops.ticket_event (ticket_id, version, kind, node_key, actor_kind, actor_id, occurred_at,
                                              payload)
                select opened.id, version, 'task:complete', 'acceptance', 'account', gen_random_uuid(),
                       cast(:now as timestamptz) + version * interval '1 minute 0.123456 seconds',
                       jsonb_build_object('data', jsonb_build_object('note', '已联系业主 "今天" \\ ' || version))
                  from opened, generate_series(1, 5) as version order by opened.id, version
            """),
            {"now": NOW},
        )
        for number in range(12):
            connection.execute(
                text("""
                    insert into ops.audit_entry (actor_kind, actor_id, deed, object_kind, detail, done_at)
                    values ('account', cast(:actor as uuid), 'person:reveal', 'person', cast(:detail as jsonb), :now)
                """),
                {
                    "actor": f"00000000-0000-0000-0000-00000000000{number % 3}",
                    "detail": json.dumps({"reason": f"约上门 {number}"}, ensure_ascii=False),
                    "now": NOW,
                },
            )
    yield engine
    engine.dispose()


@contextmanager
def tampered(engine: Engine, deed: Tamper) -> Iterator[Connection]:
    """Do something as the owner of the database, who can switch every trigger off; undone afterwards."""
    with engine.connect() as connection:
        for table in ("ticket_event", "audit_entry", "ticket"):
            connection.execute(text(f"alter table ops.{table} disable trigger user"))
        deed(connection)
        yield connection
        connection.rollback()


def sql(*statements: str) -> Tamper:
    def deed(connection: Connection) -> None:
        for statement in statements:
            changed = connection.execute(text(statement))
            assert changed.rowcount, statement

    return deed


PICKED = "(select id from ops.ticket_event where version = {version} order by ticket_id limit 1)"
FIRST_TICKET = "(select ticket_id from ops.ticket_event order by ticket_id limit 1)"
FORGED_CHAIN = """
    update ops.ticket_event set chain_hash = forged.chain_hash
      from (select id, ops.chained(payload_hash || convert_to(jsonb_build_array(ticket_id, version, kind, node_key,
                   task_id, actor_kind, actor_id, staff_id,
                   (extract(epoch from occurred_at) * 1000000)::bigint)::text, 'UTF8'))
                   over (partition by ticket_id order by version) as chain_hash from ops.ticket_event) as forged
     where forged.id = ticket_event.id
"""
FORGED_NOTE = (
    f"update ops.ticket_event set payload = '{{}}' where id = {PICKED.format(version=3)}",
    "update ops.ticket_event set payload_hash = ops.salted(payload_salt, payload)",
)

TAMPERINGS: dict[str, tuple[str, Tamper]] = {
    "a note is rewritten": (
        "content_changed",
        sql(f"update ops.ticket_event set payload = '{{}}' where id = {PICKED.format(version=3)}"),
    ),
    "an event is dated back": (
        "link_broken",
        sql(f"update ops.ticket_event set occurred_at = '2026-01-01' where id = {PICKED.format(version=2)}"),
    ),
    "an event is given to somebody else": (
        "link_broken",
        sql(f"update ops.ticket_event set actor_id = gen_random_uuid() where id = {PICKED.format(version=4)}"),
    ),
    "a note is rewritten with its hash": ("link_broken", sql(*FORGED_NOTE)),
    "an event is removed from the middle": (
        "rows_missing",
        sql(f"delete from ops.ticket_event where id = {PICKED.format(version=3)}"),
    ),
    "an event is removed and the rest moved up": (
        "link_broken",
        sql(
            f"delete from ops.ticket_event where id = {PICKED.format(version=3)}",
            f"update ops.ticket_event set version = -version where ticket_id = {FIRST_TICKET} and version > 3",
            f"update ops.ticket_event set version = -version - 1 where ticket_id = {FIRST_TICKET} and version < 0",
            f"update ops.ticket set version = 4 where id = {FIRST_TICKET}",
        ),
    ),
    "the last event is cut off": (
        "tail_missing",
        sql(f"delete from ops.ticket_event where id = {PICKED.format(version=5)}"),
    ),
    "the last event is cut off and the ticket set back": (
        "anchored_rows_missing",
        sql(
            f"update ops.ticket set version = 4 where id = {FIRST_TICKET}",
            f"delete from ops.ticket_event where id = {PICKED.format(version=5)}",
        ),
    ),
    "two events change places": (
        "link_broken",
        sql(
            f"update ops.ticket_event set version = 99 where id = {PICKED.format(version=2)}",
            f"update ops.ticket_event set version = 2 where id = {PICKED.format(version=3)}",
            "update ops.ticket_event set version = 3 where version = 99",
        ),
    ),
    "a whole chain is forged anew": ("anchored_rows_changed", sql(*FORGED_NOTE, FORGED_CHAIN)),
    "a whole ticket vanishes": (
        "anchored_rows_missing",
        sql(
            "create temp table gone on commit drop as select id from ops.ticket order by id limit 1",
            "delete from ops.ticket_event where ticket_id in (select id from gone)",
            "delete from ops.ticket where id in (select id from gone)",
        ),
    ),
    "a deed is rewritten": (
        "content_changed",
        sql("update ops.audit_entry set detail = '{}' where position = 2 and stream like '%1'"),
    ),
    "a deed becomes another": (
        "link_broken",
        sql("update ops.audit_entry set deed = 'session:begin' where position = 2 and stream like '%1'"),
    ),
    "a deed is removed": ("rows_missing", sql("delete from ops.audit_entry where position = 2 and stream like '%1'")),
    "the last deed is removed": (
        "anchored_rows_missing",
        sql("delete from ops.audit_entry where position = 4 and stream like '%1'"),
    ),
    "all deeds of somebody are removed": (
        "anchored_rows_missing",
        sql("delete from ops.audit_entry where stream like '%1'"),
    ),
}


def test_untouched_logs_are_as_they_were_written(settings: Settings, engine: Engine, database_url: str) -> None:
    first = verify_all(settings, database_url)
    assert (first.links, first.finding_count, first.anchors) == (42, 0, 0)
    settle(engine)
    assert sum(one.count for one in anchor_now(settings, database_url, now=NOW)) == 42
    assert anchor_now(settings, database_url, now=NOW) == []
    again = verify_all(settings, database_url)
    assert (again.links, again.finding_count, again.anchors) == (42, 0, 2)


def test_every_kind_of_tampering_is_found(settings: Settings, engine: Engine, database_url: str) -> None:
    settle(engine)
    anchor_now(settings, database_url, now=NOW)
    unnoticed = {}
    for what, (kind, deed) in TAMPERINGS.items():
        with tampered(engine, deed) as connection:
            found = {finding.kind for finding in verify(connection, settings).findings}
        if kind not in found:
            unnoticed[what] = found
    assert unnoticed == {}
    assert verify_all(settings, database_url).finding_count == 0


def test_any_changed_byte_of_any_row_is_found(settings: Settings, engine: Engine, database_url: str) -> None:
    rng = random.Random(7)
    columns = ("kind", "node_key", "actor_id", "staff_id", "task_id", "occurred_at", "payload", "payload_salt",
               "payload_hash", "chain_hash")  # fmt: skip
    changes = {
        "kind": "'x:y'", "node_key": "'elsewhere'", "occurred_at": "occurred_at + interval '1 microsecond'",
        "payload": "payload || '{\"x\": 1}'",
        "payload_hash": "sha256(payload_hash)", "chain_hash": "sha256(chain_hash)",
    }  # fmt: skip
    with engine.connect() as connection:
        ids = list(connection.execute(text("select id from ops.ticket_event order by id")).scalars())
        connection.execute(text("alter table ops.ticket_event disable trigger user"))
        undetected = []
        for round_ in range(100):
            column, id = columns[round_ % len(columns)], rng.choice(ids)
            new = changes.get(column, "gen_random_uuid()")
            with connection.begin_nested() as savepoint:
                connection.execute(text(f"update ops.ticket_event set {column} = {new} where id = :id"), {"id": id})
                if not verify_tickets(connection).finding_count:
                    undetected.append((column, id))
                savepoint.rollback()
        connection.rollback()
    assert undetected == []


def test_a_touched_file_of_anchors_is_found(settings: Settings, engine: Engine, database_url: str) -> None:
    path = anchors.file_of(settings)
    settle(engine)
    anchor_now(settings, database_url, now=NOW)
    with engine.begin() as connection:
        connection.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('system', 'test:run')"))
    settle(engine)
    anchor_now(settings, database_url, now=NOW)
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    for kept in (
        [lines[0], lines[1], lines[2][:50]],
        [lines[0].replace('"count": 30', '"count": 29'), *lines[1:]],
        [lines[0], lines[2]],
    ):
        path.write_text("\n".join(kept))
        assert [one.kind for one in verify_all(settings, database_url).findings] == ["anchors_changed"]


def test_what_is_written_after_an_anchor_gets_the_next_one(
    settings: Settings, engine: Engine, database_url: str
) -> None:
    settle(engine)
    anchor_now(settings, database_url, now=NOW)
    for _ in range(3):
        with engine.begin() as connection:
            connection.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('system', 'test:run')"))
        settle(engine)
        assert [one.count for one in anchor_now(settings, database_url, now=NOW)] == [1]
    assert verify_all(settings, database_url).finding_count == 0


def test_a_row_committed_late_belongs_to_a_later_anchor_and_alarms_nobody(
    settings: Settings, engine: Engine, database_url: str
) -> None:
    settle(engine)
    with engine.connect() as slow:
        slow.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('system', 'slow:deed')"))
        with engine.begin() as quick:
            quick.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('token', 'quick:deed')"))
        anchor_now(settings, database_url, now=NOW)
        slow.commit()
    assert verify_all(settings, database_url).finding_count == 0
    settle(engine)
    assert sum(one.count for one in anchor_now(settings, database_url, now=NOW)) == 2
    assert verify_all(settings, database_url).finding_count == 0


def test_after_a_restore_anchoring_begins_anew_with_a_reason(
    settings: Settings, engine: Engine, database_url: str
) -> None:
    settle(engine)
    anchor_now(settings, database_url, now=NOW)
    with tampered(engine, sql("delete from ops.audit_entry where position = 4 and stream like '%1'")) as connection:
        connection.execute(text("alter table ops.audit_entry enable trigger user"))
        connection.commit()
    assert verify_all(settings, database_url).finding_count == 1
    anchor_now(settings, database_url, now=NOW, reason="Restored from last night's backup.")
    assert verify_all(settings, database_url).finding_count == 0
    assert "last night" in anchors.file_of(settings).read_text()


def test_links_are_read_in_parts_however_many_there_are(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_ROWS_AT_ONCE", 2)
    with engine.connect() as connection:
        rows = chains._rows(connection, chains._EVENTS.format(where=""))
        next(rows)
        cursor_count: int = connection.execute(text("select count(*) from pg_cursors")).scalar_one()
        assert cursor_count == 1, "All rows were fetched for the first."
        assert len(list(rows)) == 29
