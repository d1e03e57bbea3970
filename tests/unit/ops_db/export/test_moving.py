"""What left one installation arrives in another as it was: rows, ids, order, links of the logs, files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from sqlalchemy import Connection, text

from ops_db.conversation.photos import place_of
from ops_db.engine import command_engine
from ops_db.export import contents as listed
from ops_db.export.arriving import ArrivalSummary, NewPassword
from ops_db.export.copying import feed_files
from ops_db.export.dictionary import all_files
from ops_db.integrity.verification import verify_all
from ops_db.models.base import Base
from ops_db.passwords import is_password
from ops_db.personal_data import PersonalData
from ops_db.seed import seed
from tests.every_kind import AWKWARD, NOW, PHONE, contents, fill
from tests.unit.ops_db.export.conftest import LAST_NUMBER, PHOTO, Installation, installation_at

MADE_ANEW = {
    "webhook_endpoint.disabled_at",
    "webhook_endpoint.disabled_reason",
    "webhook_source.is_active",
    "api_token.revoked_at",
    "person.phone_index",
    "call.caller_index",
}
PASSWORD = "a good long password"


@pytest.fixture(scope="module")
def arrived(
    exported: Path, module_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, ArrivalSummary]:
    """A new installation, seeded as every new one is, that took the export in."""
    there = installation_at(tmp_path_factory.mktemp("arrived") / "home", module_database())
    with command_engine(there.url).begin() as connection:
        seed(connection, now=NOW)
    return there, there.take_in(exported, password=NewPassword(f"{AWKWARD}1", PASSWORD))


def rows_of(installation: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that should be the same in both, with what was sealed opened."""
    personal_data = PersonalData.of(installation.settings)
    found = {}
    with command_engine(installation.url).connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in listed.LEFT_OUT_TABLES:
                continue
            named = [name.split(".") for name in (*MADE_ANEW, *listed.OPENED)]
            changed = {column for name, column in named if name == table.name}
            left_out = {column.name for column in table.columns if listed.why_left_out(table.name, column.name)}
            found[table.name] = contents(connection, table, without=changed | left_out)
        for name in listed.OPENED:
            found[name] = _opened(connection, *name.split("."), personal_data)
    return found


def _opened(connection: Connection, table: str, column: str, personal_data: PersonalData) -> list[tuple[Any, ...]]:
    rows = connection.execute(text(f"select id, {column} from ops.{table} order by id"))
    return [(row[0], personal_data.decrypt(row[1]) if row[1] is not None else None) for row in rows]


def test_every_row_of_every_table_arrives_as_it_was(
    filled: Installation, arrived: tuple[Installation, ArrivalSummary]
) -> None:
    there, summary = arrived
    before, after = rows_of(filled), rows_of(there)
    # Both remember that something left, and that it arrived.
    before["audit_entry"], after["audit_entry"] = before["audit_entry"][:2], after["audit_entry"][:2]

    assert {len(rows) for rows in before.values()} == {2}
    assert after == before
    assert summary.rows == 2 * summary.tables == 2 * (len(Base.metadata.tables) - len(listed.LEFT_OUT_TABLES))
    verified = verify_all(there.settings, there.url)
    assert (summary.links, summary.findings) == (4, 0)
    assert (verified.links, verified.finding_count, verified.anchors) == (5, 0, 2)


@pytest.fixture(scope="module")
def tampered(
    module_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, Installation, ArrivalSummary]:
    """An installation in whose log somebody changed an event, and another that took it in from Parquet alone."""
    folder = tmp_path_factory.mktemp("tampered")
    source, there = (installation_at(folder / name, module_database()) for name in ("source", "there"))
    with command_engine(source.url).begin() as connection:
        fill(connection, PersonalData.of(source.settings), photo_sha256="e" * 64)
        connection.execute(text("alter table ops.ticket_event disable trigger user"))
        connection.execute(text("update ops.ticket_event set payload = '{}' where payload <> '{}'"))
    source.export(folder / "export", formats=("parquet",))
    assert {path.suffix for path in (folder / "export" / "ops").iterdir()} == {".parquet"}
    return source, there, there.take_in(folder / "export")


def test_parquet_alone_is_enough(tampered: tuple[Installation, Installation, ArrivalSummary]) -> None:
    before, after = rows_of(tampered[0]), rows_of(tampered[1])
    before["audit_entry"], after["audit_entry"] = before["audit_entry"][:2], after["audit_entry"][:2]
    assert after == before


def test_a_chain_that_was_broken_before_is_told_and_taken_in(
    tampered: tuple[Installation, Installation, ArrivalSummary],
) -> None:
    """Refusing it would lock its owner in, and mending it would hide what was done."""
    _, there, summary = tampered
    assert summary.findings == 1
    assert verify_all(there.settings, there.url).finding_count == 1


def test_an_export_of_what_arrived_is_the_same_export(
    exported: Path, arrived: tuple[Installation, ArrivalSummary], tmp_path: Path
) -> None:
    arrived[0].export(tmp_path / "second")
    # What is made anew differs, and so does the log that says so.
    differing = {name.partition(".")[0] for name in MADE_ANEW} | {"audit_entry"}
    same = [path for path in (exported / "ops").iterdir() if path.stem not in differing]
    assert len(same) > 100
    for path in same:
        assert path.read_bytes() == (tmp_path / "second" / "ops" / path.name).read_bytes(), path.name


def test_numbers_go_on_and_the_next_extraction_sees_everything(arrived: tuple[Installation, ArrivalSummary]) -> None:
    with command_engine(arrived[0].url).begin() as connection:
        number = connection.execute(text("select nextval('ops.ticket_number')")).scalar_one()
        assert number == LAST_NUMBER + 1
        goes_on = "select nextval(pg_get_serial_sequence('ops.ticket_event', 'id')) > max(id) from ops.ticket_event"
        assert connection.execute(text(goes_on)).scalar_one()
        xids = text("select changed_xid::text from ops.ticket union select changed_xid::text from ops.unit")
        (xid,) = connection.execute(xids).scalars()
        assert int(xid) < connection.execute(text("select pg_current_xact_id()::text::bigint")).scalar_one()
        off = connection.execute(text("select count(*) from pg_trigger where tgenabled = 'D'")).scalar_one()
        assert off == 0, "A trigger was left switched off."
        tombstones = connection.execute(text("select count(*) from ops.tombstone")).scalar_one()
        assert tombstones == 2, "What the seed had put there left tombstones."


def test_a_person_is_found_by_their_number_under_the_new_keys(
    filled: Installation, arrived: tuple[Installation, ArrivalSummary]
) -> None:
    there, summary = arrived
    assert there.settings.secrets != filled.settings.secrets
    index = PersonalData.of(there.settings).phone_index(PHONE)
    with command_engine(there.url).connect() as connection:
        person = text("select count(*) from ops.person where phone_index = :index")
        call = text("select count(*) from ops.call where caller_index = :index")
        assert connection.execute(person, {"index": index}).scalar_one() == 1
        assert connection.execute(call, {"index": index}).scalar_one() == 1
    assert summary.unknown_callers == 1


def test_no_door_stands_open_after_an_import(arrived: tuple[Installation, ArrivalSummary]) -> None:
    with command_engine(arrived[0].url).connect() as connection:
        for statement in (
            "select every(disabled_at is not null) from ops.webhook_endpoint",
            "select every(not is_active) from ops.webhook_source",
            "select every(revoked_at is not null) from ops.api_token",
        ):
            assert connection.execute(text(statement)).scalar_one()
        told = text("""
            select count(*) from ops.webhook_endpoint join ops.ticket_event
                on ticket_event.changed_xid >= webhook_endpoint.cursor_xid
        """)
        assert connection.execute(told).scalar_one() == 0, "A webhook would tell of what was before the import."
        hashes = {row.login: row.password_hash for row in connection.execute(text("select * from ops.account"))}
    assert hashes["text 2"] is None
    assert is_password(PASSWORD, hashes[f"{AWKWARD}1"])


def test_csv_and_parquet_say_the_same_to_whoever_reads_them(exported: Path) -> None:
    files = sorted((exported / "ops").glob("*.parquet"))
    assert len(files) == len(Base.metadata.tables) - len(listed.LEFT_OUT_TABLES)
    for file in files:
        parquet = duckdb.sql(f"select * from '{file}'")
        kinds = dict(zip(parquet.columns, map(str, parquet.types), strict=True))
        plain = {name: "VARCHAR" if kind in {"BLOB", "VARCHAR[]"} else kind for name, kind in kinds.items()}
        csv = duckdb.read_csv(str(file.with_suffix(".csv")), columns=plain, header=True, allow_quoted_nulls=False)
        spelled = {"BLOB": "'\\x' || lower(hex(\"{}\"))", "VARCHAR[]": 'to_json("{}")::varchar'}
        comparable = ", ".join(spelled.get(kind, '"{}"').format(name) for name, kind in kinds.items())
        assert csv.fetchall() == parquet.project(comparable).fetchall(), file.name


def test_three_lines_of_polars_read_it(exported: Path) -> None:
    tickets = pl.read_parquet(exported / "ops" / "ticket.parquet")
    assert tickets["title"].to_list() == [f"{AWKWARD}1", "text 2"]
    assert tickets.schema["reported_at"] == pl.Datetime("us", "UTC")
    assert pl.read_parquet(exported / "ops" / "person.parquet")["phone"].to_list() == [PHONE, None]


def test_photos_and_what_other_systems_sent_go_along(
    exported: Path, arrived: tuple[Installation, ArrivalSummary]
) -> None:
    there, summary = arrived
    document = json.loads((exported / "dictionary.json").read_text())
    assert document["files"] == {
        "count": 1,
        "bytes": len(PHOTO),
        "missing": ["d" * 64],
        "is_complete": False,
    }
    assert (summary.files, summary.feed_files) == (1, 2)
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    assert place_of(there.settings.attachments, sha256).read_bytes() == PHOTO
    batches = [path.relative_to(there.settings.raw).as_posix() for path in feed_files(there.settings.raw)]
    assert batches == ["erp__price/20261120T000000Z-1/manifest.json", "erp__price/20261120T000000Z-1/part-0.parquet"]
    assert [path.name for path in there.settings.raw.iterdir()] == ["erp__price"]


def test_the_dictionary_names_every_file_and_no_other(exported: Path) -> None:
    document = json.loads((exported / "dictionary.json").read_text())
    found = {path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()}
    photos = {name for name in found if name.startswith("files/")}
    assert len(photos) == 1
    listed_files = {file["path"] for file in all_files(document)}
    assert found - photos == listed_files | {"dictionary.json", "dictionary.html"}
    page = (exported / "dictionary.html").read_text()
    for entry in document["tables"]:
        assert f'id="ops-{entry["name"]}"' in page
    assert "Signed-in browsers" in page
    assert "已登录的浏览器" in page
    assert "<script" not in page
    assert {path.stat().st_mode & 0o077 for path in exported.rglob("*") if path.is_file()} == {0}


def test_names_and_numbers_stay_behind_when_asked(filled: Installation, tmp_path: Path) -> None:
    filled.export(tmp_path / "audit", with_personal_data=False)
    document = json.loads((tmp_path / "audit" / "dictionary.json").read_text())
    files = [path for path in (tmp_path / "audit").rglob("*") if path.suffix in {".csv", ".html", ".json"}]
    assert len(files) > 60
    for path in files:
        words = path.read_text(encoding="utf-8")
        assert PHONE not in words, path.name
        assert "王小明" not in words, path.name
    assert not (tmp_path / "audit" / "files").exists()
    assert not (tmp_path / "audit" / "feeds").exists()
    for entry in document["tables"]:
        columns = {column["name"] for column in entry["columns"]}
        personal = {
            name.partition(".")[2]
            for name, treated in listed.PERSONAL.items()
            if treated == "left_out" and name.startswith(f"{entry['name']}.")
        }
        assert not columns & personal
        assert personal <= {one["name"] for one in entry["left_out"]}
    events = pl.read_parquet(tmp_path / "audit" / "ops" / "ticket_event.parquet")
    assert [json.loads(payload) for payload in events["payload"]] == [{"milestone": "fixed"}, {}]
    staff = pl.read_parquet(tmp_path / "audit" / "ops" / "staff.parquet")
    assert staff["name"].to_list() == [f"{AWKWARD[0]}**", "t**"]
