"""The operational database: nothing missed, nothing twice, whatever the writers do; nothing personal in the clear."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import polars as pl
import psycopg
import pytest
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from core.settings import Settings
from ingestion import landing, ops
from ingestion.errors import SourceNotConfiguredError, SourceUnreachableError
from ingestion.ops import Position
from ingestion.postgres import libpq_url
from ingestion.reports import LandingReport
from ops_db.models import EXTRACTED_TABLES, Base
from ops_db.models.base import TransactionId
from ops_db.server import database_url as embedded_url
from tests.settled_server import settle

RAW_TYPES = {
    Uuid: pl.String(),
    Text: pl.String(),
    JSONB: pl.String(),
    LargeBinary: pl.String(),
    ARRAY: pl.String(),
    TransactionId: pl.Int64(),
    Integer: pl.Int64(),
    Numeric: pl.Float64(),
    Boolean: pl.Boolean(),
    Date: pl.Date(),
    DateTime: pl.Datetime("us", "UTC"),
}


@pytest.fixture
def source(database_url: str) -> str:
    return libpq_url(database_url)


@contextmanager
def connected(source: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(source, autocommit=True) as connection:
        yield connection


def run(source: str, *statements: LiteralString) -> None:
    with connected(source) as connection:
        for statement in statements:
            connection.execute(statement)


def land(settings: Settings, source: str) -> LandingReport:
    """Land what is committed, all of which lies below the horizon."""
    settle(source)
    return land_at_once(settings, source)


def land_at_once(settings: Settings, source: str) -> LandingReport:
    return ops.land(settings, now=dt.datetime.now(dt.UTC), database_url=source)


def raw(settings: Settings, table: str) -> pl.DataFrame:
    return landing.scan(settings.raw, f"ops__{table}").collect()


def test_what_lands_is_what_the_models_say(settings: Settings, source: str) -> None:
    report = land(settings, source)
    expected = {*EXTRACTED_TABLES, "tombstone"}
    assert {batch.entity for batch in report.batches} == {f"ops__{table}" for table in expected} | {ops.CONTROL}
    assert set(ops.ENTITIES) == {batch.entity for batch in report.batches}
    for name in expected:
        columns = [
            column
            for column in Base.metadata.tables[f"ops.{name}"].columns
            if (name, column.name) not in ops.NOT_EXTRACTED
        ]
        kinds = {column.name: next(kind for kind in RAW_TYPES if isinstance(column.type, kind)) for column in columns}
        schema = raw(settings, name).drop("_batch_id", "_loaded_at", "_timezone").schema
        assert dict(schema) == {column: RAW_TYPES[kind] for column, kind in kinds.items()}, name


def test_values_arrive_as_the_database_holds_them(settings: Settings, source: str) -> None:
    run(
        source,
        """insert into ops.contractor (id, code, name) values
           ('01890000-1234-7abc-8def-0123456789ab', 'C1', '宏达防水')""",
        """insert into ops.call (direction, caller_index, started_at, is_resolved)
           values ('inbound', '\\xdeadbeef', '2026-01-05 09:00:07.25+08', null)""",
    )
    land(settings, source)
    contractor = raw(settings, "contractor").row(0, named=True)
    assert (contractor["id"], contractor["name"]) == ("01890000-1234-7abc-8def-0123456789ab", "宏达防水")
    call = raw(settings, "call").row(0, named=True)
    assert call["caller_index"] == "deadbeef"
    assert call["started_at"] == dt.datetime(2026, 1, 5, 1, 0, 7, 250_000, dt.UTC)
    assert call["unit_id"] is None
    assert call["is_resolved"] is None


def test_a_second_run_reads_only_what_changed_and_a_third_nothing(settings: Settings, source: str) -> None:
    run(source, "insert into ops.contractor (code, name) select 'C' || n, 'x' from generate_series(1, 5) n")
    land(settings, source)
    run(
        source, "update ops.contractor set name = 'y' where code = 'C3'", "delete from ops.contractor where code = 'C4'"
    )
    report = land(settings, source)
    assert {batch.entity: batch.rows_loaded for batch in report.batches if batch.entity != ops.CONTROL} == {
        "ops__contractor": 1,
        "ops__tombstone": 1,
    }
    rows = raw(settings, "contractor").filter(code="C3").sort("changed_xid")
    assert rows["name"].to_list() == ["x", "y"]
    deleted = raw(settings, "contractor").filter(code="C4")["id"].item()
    assert raw(settings, "tombstone").select("table_name", "row_key").rows() == [("contractor", deleted)]
    assert land(settings, source).batches == []


def test_a_row_of_an_open_transaction_waits_and_then_comes_once(settings: Settings, source: str) -> None:
    with psycopg.connect(source) as slow:
        slow.execute("insert into ops.contractor (code, name) values ('slow', 'x')")
        run(source, "insert into ops.contractor (code, name) values ('quick', 'x')")
        land_at_once(settings, source)
        assert raw(settings, "contractor")["code"].to_list() == []
        control = raw(settings, "control").filter(table_name="contractor")
        assert control.select("row_count", "in_flight_count").row(0) == (0, 1)
        slow.commit()
    land(settings, source)
    assert sorted(raw(settings, "contractor")["code"]) == ["quick", "slow"]
    assert land(settings, source).batches == []


def test_control_totals_are_those_of_the_snapshot(settings: Settings, source: str) -> None:
    run(source, "insert into ops.contractor (code, name) select 'C' || n, 'x' from generate_series(1, 5) n")
    land(settings, source)
    control = raw(settings, "control")
    assert control["table_name"].is_unique().all()
    counts = dict(control.select("table_name", "row_count").iter_rows())
    for table in EXTRACTED_TABLES:
        assert counts[table] == raw(settings, table).height
    sums = dict(control.select("table_name", "amount_fen_sum").iter_rows())
    assert sums["cost_entry"] == 0
    assert sums["contractor"] is None


def test_another_database_is_read_anew_and_hides_the_old(settings: Settings, source: str, postgres_url: str) -> None:
    run(source, "insert into ops.contractor (code, name) values ('old', 'x')")
    land(settings, source)
    copy = f"{source.rpartition('/')[2]}_copy"
    with connected(libpq_url(postgres_url)) as administrator:
        administrator.execute(
            psycopg.sql.SQL("create database {} template {} strategy file_copy").format(
                *map(psycopg.sql.Identifier, (copy, source.rpartition("/")[2]))
            )
        )
    restored = f"{source.rpartition('/')[0]}/{copy}"
    try:
        run(restored, "delete from ops.contractor", "insert into ops.contractor (code, name) values ('new', 'x')")
        report = land(settings, restored)
        assert all(batch.replaces_earlier for batch in report.batches)
        assert raw(settings, "contractor")["code"].to_list() == ["new"]
        assert len(landing.batches(settings.raw, "ops__contractor")) == 1
    finally:
        with connected(libpq_url(postgres_url)) as administrator:
            administrator.execute(psycopg.sql.SQL("drop database {} with (force)").format(psycopg.sql.Identifier(copy)))


def test_rows_stamped_by_another_database_are_in_the_baseline(settings: Settings, source: str) -> None:
    run(
        source,
        "alter table ops.contractor disable trigger user",
        "insert into ops.contractor (code, name, changed_xid) values ('restored', 'x', '99999999999')",
        "alter table ops.contractor enable trigger user",
    )
    land(settings, source)
    assert raw(settings, "contractor")["code"].to_list() == ["restored"]
    control = raw(settings, "control").filter(table_name="contractor")
    assert control.select("row_count", "in_flight_count").row(0) == (1, 0)


HERE = Position(
    "7001", 1, 16386, horizon=500, beyond=510, snapshot_at=dt.datetime.now(dt.UTC), oldest_transaction_seconds=None
)


@pytest.mark.parametrize(
    "there",
    [
        replace(HERE, system_identifier="7002"),
        replace(HERE, timeline=2),
        replace(HERE, database=16387),
        replace(HERE, horizon=400),
    ],
)
def test_a_cursor_of_another_system_timeline_database_or_future_is_refused(there: Position) -> None:
    assert HERE.continues(replace(HERE, horizon=450).cursor)
    assert not there.continues(replace(HERE, horizon=450).cursor)
    assert not there.continues(None)


def test_a_changed_table_is_read_anew(settings: Settings, source: str) -> None:
    run(source, "insert into ops.contractor (code, name) values ('C1', 'x')")
    land(settings, source)
    run(source, "alter table ops.contractor add column rating smallint default 3")
    report = land(settings, source)
    assert {batch.entity for batch in report.batches} == {"ops__contractor", ops.CONTROL}
    assert raw(settings, "contractor")["rating"].to_list() == [3]


def test_many_small_batches_end_in_a_baseline(settings: Settings, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "_BATCHES_BEFORE_BASELINE", 3)
    for name in ("a", "b", "c", "d"):
        with connected(source) as connection:
            connection.execute("insert into ops.contractor (code, name) values (%s, 'x')", [name])
        land(settings, source)
    assert len(landing.batches(settings.raw, "ops__contractor")) == 1
    assert sorted(raw(settings, "contractor")["code"]) == ["a", "b", "c", "d"]


def test_no_phone_number_in_free_text_or_documents_reaches_raw(settings: Settings, source: str) -> None:
    run(
        source,
        "insert into ops.calendar (code, name) values ('default', 'x') on conflict do nothing",
        "insert into ops.project (code, name, city) values ('HZ01', '安居', '杭州')",
        """insert into ops.process_definition (key, version, state, definition, published_at)
           values ('repair', 1, 'published', '{"nodes": []}', now())""",
        """insert into ops.ticket (project_id, channel, title, description, process_definition_id, reported_at,
                                   owner_status)
           select project.id, 'phone', '请打13911112222', '业主13911112222，邮箱a@b.cn', process_definition.id, now(),
                  'received'
           from ops.project, ops.process_definition""",
        """insert into ops.message (ticket_id, author_kind, body, sent_at)
           select id, 'owner', '电话:139 1111 2222', now() from ops.ticket""",
        """insert into ops.ticket_event (ticket_id, version, kind, actor_kind, occurred_at, payload)
           select id, 1, 'ticket:create', 'system', now(),
                  '{"note": "回电13911112222,13911112222", "phone": 13911112222, "cost_fen": 120000,
                    "id": "01890000-1234-7abc-8def-139111122220"}'
           from ops.ticket""",
        """insert into ops.staff (staff_number, name, work_phone, kind)
           values ('S1', '王工', '13911112222', 'technician')""",
        "insert into ops.call (direction, started_at, note) values ('inbound', now(), '回电13911112222')",
    )
    land(settings, source)
    for entity in landing.entities(settings.raw):
        frame = landing.scan(settings.raw, entity).collect()
        for column in frame.select(pl.col(pl.String)).iter_columns():
            leaks = column.str.contains(r"139\s?1111\s?2222($|[^0-9a-f])|a@b")
            assert not leaks.any(), f"{entity}.{column.name}: {column.filter(leaks).to_list()}"
    payload = raw(settings, "ticket_event").select(
        pl.col("payload").str.json_decode(
            pl.Struct({"note": pl.String, "phone": pl.Int64, "cost_fen": pl.Int64, "id": pl.String})
        )
    )
    assert payload.item() == {
        "note": "回电10000000000,10000000000",
        "phone": 10000000000,
        "cost_fen": 120000,
        "id": "01890000-1234-7abc-8def-139111122220",
    }
    assert raw(settings, "message")["body"].item() == "电话:139****2222"


def test_a_database_that_does_not_answer_is_named_without_its_password(settings: Settings, free_port: int) -> None:
    with pytest.raises(SourceUnreachableError, match="operational database") as failed:
        land_at_once(settings, f"postgresql://anju:s3cret@127.0.0.1:{free_port}/anju")
    assert "s3cret" not in str(failed.value)
    with pytest.raises(SourceNotConfiguredError, match="ANJU_DATABASE_URL"):
        ops.address_of(settings)


def test_the_embedded_servers_address_is_the_one_it_gives_itself(run_directory: Path, postgres_url: str) -> None:
    home = Settings(home=run_directory / "home", system_state=run_directory / "system", postgres_durable=False)
    assert ops.address_of(home) == libpq_url(embedded_url(home)) == libpq_url(postgres_url)


WRITERS, ROWS = 16, 200_000


def _write(source: str, writer: int, row_count: int, written: list[int]) -> None:
    """Insert in transactions of many sizes; some slow, some with savepoints, some rolled back, some updating again."""
    chance = random.Random(writer)
    with psycopg.connect(source) as connection:
        done = 0
        while done < row_count:
            size = min(chance.choice([1, 20, 200, 1500]), row_count - done)
            rows = [f"w{writer}-{done}", size]
            insert = "insert into ops.contractor (code, name) select %s || '-' || n, 'x' from generate_series(1, %s) n"
            connection.execute(insert, rows)
            fate = chance.random()
            if fate < 0.05:
                connection.rollback()
                continue
            if fate < 0.15:
                with connection.transaction():
                    connection.execute(insert, [f"{rows[0]}-saved", 1])
                    connection.execute("update ops.contractor set name = 'y' where code = %s", [f"{rows[0]}-1"])
            if fate > 0.97:
                time.sleep(chance.random() * 0.4)
            connection.commit()
            done += size
        written.append(done)


@pytest.mark.fault
def test_sixteen_writers_lose_no_row_and_no_change_is_read_twice(settings: Settings, source: str) -> None:
    written: list[int] = []
    writers = [
        threading.Thread(target=_write, args=(source, number, ROWS // WRITERS, written)) for number in range(WRITERS)
    ]
    land(settings, source)
    for writer in writers:
        writer.start()
    runs = 0
    while any(writer.is_alive() for writer in writers):
        land_at_once(settings, source)
        runs += 1
    for writer in writers:
        writer.join()
    land(settings, source)
    assert sum(written) == ROWS
    # How often depends on the machine; once among the writers is what the race needs.
    assert runs >= 1, "The extraction was meant to run among the writers."
    read = raw(settings, "contractor").select("id", "changed_xid", "name")
    with connected(source) as connection:
        held = connection.execute("select id::text, changed_xid::text::bigint, name from ops.contractor").fetchall()
    assert read.select("id", "changed_xid").is_unique().all()
    newest = read.sort("changed_xid").unique("id", keep="last")
    assert len(held) >= ROWS
    assert set(newest.rows()) == set(held)


KILLS = 3
KILLED_RUN = """
import datetime as dt, sys
from core.settings import Settings
from ingestion import ops
settings = Settings(home=sys.argv[1])
print("ready", flush=True)
ops.land(settings, now=dt.datetime.now(dt.UTC), database_url=sys.argv[2])
"""


@pytest.mark.fault
def test_an_extraction_killed_anywhere_loses_no_row_and_reads_none_twice(settings: Settings, source: str) -> None:
    chance = random.Random(100)
    for round_ in range(KILLS):
        with connected(source) as connection:
            connection.execute(
                "insert into ops.contractor (code, name) select %s || n, 'x' from generate_series(1, 20000) n",
                [f"r{round_}-"],
            )
        command = [sys.executable, "-c", KILLED_RUN, str(settings.home), source]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as run_:
            assert run_.stdout is not None
            run_.stdout.readline()
            time.sleep(chance.random() * 0.6)
            run_.kill()
    land(settings, source)
    read = raw(settings, "contractor").select("id", "changed_xid")
    assert read.is_unique().all()
    assert read.height == KILLS * 20_000
    assert not list(settings.raw.rglob(".unfinished-*"))
