"""Loading an older system's tickets in bulk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, text

from ops_db.engine import command_engine
from ops_db.errors import InvalidInput, NotInstalled
from ops_db.history_import.canonical import COLUMNS
from ops_db.history_import.service import import_tickets
from ops_db.seed import seed

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
REPORTED = dt.datetime(2024, 3, 1, 12, 30, 5, tzinfo=dt.UTC)
ROW: dict[str, Any] = {
    "source_system": "old",
    "number_hint": None,
    "project_code": "NYC-BRONX",
    "project_name": "Bronx",
    "city": "New York",
    "timezone": "America/New_York",
    "building_code": "2024780001",
    "building_name": "12 MAIN STREET",
    "building_address": '12 "Main" Street, apt 3\nrear',
    "unit_code": None,
    "room_number": None,
    "category_code": "old_lift",
    "category_name": "Lift",
    "component_code": "old_lift_car",
    "component_name": "Car",
    "defect_code": None,
    "defect_name": None,
    "trade": "lift",
    "is_public": True,
    "severity": "normal",
    "channel": "phone",
    "title": "Lift stands still",
    "description": "",
    "state": "closed",
    "source_state": "Closed",
    "reported_at": REPORTED,
    "closed_at": REPORTED + dt.timedelta(days=2),
    "closed_at_precision": "second",
    "is_state_in_doubt": False,
    "resolution_text": "Inspected, 正常",
    "attributes": '{"zip": "10451", "note": "a,\\"b\\""}',
}


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with command_engine(database_url).connect() as connection:
        seed(connection, now=NOW)
        connection.commit()
        yield connection


def frame(path: Path, *rows: dict[str, Any]) -> Path:
    """A canonical frame of rows that differ from the usual one as told."""
    full = [ROW | {"source_key": str(number)} | row for number, row in enumerate(rows)]
    types = {"is_public": pl.Boolean, "is_state_in_doubt": pl.Boolean}
    types |= dict.fromkeys(("reported_at", "closed_at"), pl.Datetime("us", "UTC"))
    schema = {name: types.get(name, pl.String) for name in COLUMNS}
    pl.DataFrame([{name: row[name] for name in COLUMNS} for row in full], schema=schema).write_parquet(path)
    return path


OPEN = {"state": "open", "closed_at": None, "closed_at_precision": None, "resolution_text": None}


def one(connection: Connection, statement: str) -> Any:
    return connection.execute(text(statement)).one()


def test_a_second_run_adds_nothing(connection: Connection, tmp_path: Path) -> None:
    file = frame(tmp_path / "a.parquet", {}, {}, OPEN)
    first = import_tickets(connection, file, now=NOW)
    connection.commit()
    second = import_tickets(connection, file, now=NOW)
    assert (first.new_count, first.known_count, first.open_count) == (3, 0, 1)
    assert (second.new_count, second.known_count) == (0, 3)
    assert not any(second.added.values())


def test_a_closed_ticket_keeps_its_times_and_what_the_source_said(connection: Connection, tmp_path: Path) -> None:
    import_tickets(connection, frame(tmp_path / "a.parquet", {}), now=NOW)
    ticket = one(connection, "select * from ops.ticket")
    assert (ticket.state, ticket.owner_status, ticket.version, ticket.channel) == ("closed", "finished", 2, "phone")
    assert (ticket.reported_at, ticket.closed_at) == (ROW["reported_at"], ROW["closed_at"])
    assert ticket.description == "", "An empty text is not a missing one."
    events = connection.execute(text("select * from ops.ticket_event order by version")).all()
    assert [event.kind for event in events] == ["ticket:import", "ticket:close"]
    assert [event.occurred_at for event in events] == [ROW["reported_at"], ROW["closed_at"]]
    assert events[0].payload["attributes"] == {"zip": "10451", "note": 'a,"b"'}
    assert events[1].payload["resolution"] == "Inspected, 正常"
    assert one(connection, "select address from ops.building").address == ROW["building_address"]


def test_an_open_ticket_waits_at_the_first_step_like_any_other(connection: Connection, tmp_path: Path) -> None:
    import_tickets(connection, frame(tmp_path / "a.parquet", OPEN), now=NOW)
    ticket = one(connection, "select * from ops.ticket")
    assert (ticket.state, ticket.node_key, ticket.owner_status, ticket.version) == ("open", "intake", "received", 1)
    task = one(connection, "select * from ops.task")
    assert (task.node_key, task.role, task.state) == ("intake", "desk", "open")


def test_a_date_only_closing_may_lie_before_the_report_of_the_same_day(connection: Connection, tmp_path: Path) -> None:
    midnight = REPORTED.replace(hour=5, minute=0, second=0)
    row = {"closed_at": midnight, "closed_at_precision": "day"}
    import_tickets(connection, frame(tmp_path / "a.parquet", row), now=NOW)
    assert one(connection, "select closed_at, closed_at_precision from ops.ticket") == (midnight, "day")


def test_a_contradiction_is_kept_as_the_source_said_it(connection: Connection, tmp_path: Path) -> None:
    doubtful = {"is_state_in_doubt": True}
    ended_without_end = doubtful | {"closed_at": None, "closed_at_precision": None}
    file = frame(tmp_path / "a.parquet", doubtful | {"state": "open"}, ended_without_end)
    report = import_tickets(connection, file, now=NOW)
    assert report.in_doubt_count == 2
    rows = connection.execute(text("select state, closed_at is null, version from ops.ticket order by source_key"))
    assert rows.all() == [("open", False, 1), ("closed", True, 1)]


def test_one_building_and_one_component_are_made_for_many_tickets(connection: Connection, tmp_path: Path) -> None:
    file = frame(tmp_path / "a.parquet", *[{}] * 50, {"building_code": None, "building_name": None})
    added = import_tickets(connection, file, now=NOW).added
    assert {name: added[name] for name in ("project", "building", "defect_category", "component", "ticket")} == {
        "project": 1,
        "building": 1,
        "defect_category": 1,
        "component": 1,
        "ticket": 51,
    }
    assert one(connection, "select timezone from ops.project").timezone == "America/New_York"


def test_a_home_is_made_in_its_building(connection: Connection, tmp_path: Path) -> None:
    home = {"unit_code": "NYC-BRONX-2024780001-4B", "room_number": "4B"}
    import_tickets(connection, frame(tmp_path / "a.parquet", home, home), now=NOW)
    assert one(connection, "select code, room_number from ops.unit") == (home["unit_code"], "4B")
    assert one(connection, "select count(*) from ops.ticket where unit_id is not null").count == 2


def test_a_repeated_key_is_loaded_once_and_counted(connection: Connection, tmp_path: Path) -> None:
    report = import_tickets(
        connection, frame(tmp_path / "a.parquet", {"source_key": "7"}, {"source_key": "7"}), now=NOW
    )
    assert (report.row_count, report.new_count, report.repeated_count) == (2, 1, 1)


@pytest.mark.parametrize(
    "row",
    [{"state": "lost"}, {"severity": "awful"}, {"component_code": "old_wand", "trade": "magic"}, {"attributes": "{"}],
)
def test_one_row_that_cannot_be_stored_stops_the_whole_frame(
    connection: Connection, tmp_path: Path, row: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match="nothing was loaded"):
        import_tickets(connection, frame(tmp_path / "a.parquet", {}, row), now=NOW)
    connection.rollback()
    assert one(connection, "select count(*) from ops.ticket").count == 0


def test_another_frame_is_refused_with_the_columns_that_differ(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "other.parquet"
    pl.DataFrame({"source_system": ["x"]}).write_parquet(file)
    with pytest.raises(InvalidInput, match="attributes"):
        import_tickets(connection, file, now=NOW)
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(InvalidInput, match="no Parquet file"):
        import_tickets(connection, tmp_path / "text.parquet", now=NOW)


def test_without_reference_data_the_message_says_what_to_do(database_url: str, tmp_path: Path) -> None:
    with (
        command_engine(database_url).connect() as connection,
        pytest.raises(NotInstalled, match="python -m ops_db seed"),
    ):
        import_tickets(connection, frame(tmp_path / "a.parquet", {}), now=NOW)
