"""A handful of clean tables with answers that can be counted by hand, built once a run into a published warehouse.

Two projects, three homes, eight tickets. Whatever a test does not name is empty, but typed as the clean zone types it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock

from core import warehouse
from core.settings import Settings
from transforms.catalogue import CLEAN_TABLES

PROJECT_FOLDER = Path(__file__).parents[1] / "dbt_project"
AS_OF = dt.datetime(2026, 6, 30, 4, tzinfo=dt.UTC)


def at(text: str) -> dt.datetime:
    """An instant written as Shanghai's clock shows it, without seconds."""
    return dt.datetime.fromisoformat(f"{text}:00+08:00").astimezone(dt.UTC)


def write_clean(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Write every clean table, those that `rows` does not name without rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in CLEAN_TABLES.values():
        empty = table.schema.create_empty()
        given = [dict.fromkeys(empty.columns) | dict(row) for row in rows.get(table.name, ())]
        pl.DataFrame(given, schema=empty.schema).write_parquet(folder / f"{table.name}.parquet")


def dbt(clean: Path, build_file: Path, *arguments: str) -> Any:
    """Run dbt in this process and return its result; fails the test where dbt could not run."""
    # Two seconds that only a run with these tests pays.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415  As said above.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  As said above.

    build_file.parent.mkdir(parents=True, exist_ok=True)
    before = dict(os.environ)
    os.environ.update(ANJU_CLEAN_DIR=str(clean), ANJU_BUILD_FILE=str(build_file))
    target = build_file.parents[1] / "dbt"
    place = ["--project-dir", PROJECT_FOLDER, "--profiles-dir", PROJECT_FOLDER, "--target-path", target]
    try:
        outcome = dbtRunner().invoke([*arguments, *map(str, place), "--log-path", str(target), "--log-level", "none"])
    finally:
        os.environ.clear()
        os.environ.update(before)
        # dbt keeps the file open for writing, and nobody else in this process could read it.
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
            DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None, outcome.exception
    failed = [f"{one.node.name}: {one.message}" for one in outcome.result if str(one.status) in {"error", "fail"}]
    assert not failed, failed
    for name in (warehouse.SEMANTIC_MANIFEST, warehouse.DBT_MANIFEST):
        shutil.copyfile(target / name, build_file.parent / name)
    return outcome.result


def published_estate(shared: Path) -> Settings:
    """Settings of a home in which the small estate is published; made once for all workers that share the folder.

    Every data test of the dbt project holds on it, or it is not published.
    """
    settings = Settings(home=shared / "small_estate")
    with FileLock(shared / "small_estate.lock"):
        if warehouse.current_build(settings) is None:
            write_clean(settings.clean, rows())
            dbt(
                settings.clean,
                settings.warehouse / "b1" / warehouse.WAREHOUSE_FILE,
                "build",
                "--exclude-resource-type",
                "unit_test",
            )
            warehouse.publish(settings, "b1", gates=[], data_as_of=AS_OF)
    return settings


# Long because the estate is one list.
def rows() -> dict[str, list[dict[str, Any]]]:
    """The clean tables of the small estate."""
    created = at("2024-01-01T00:00")
    tables: dict[str, list[dict[str, Any]]] = {
        "ops__control": [{"table_name": "ticket", "row_count": 8, "snapshot_at": AS_OF}],
        "ops__project": [
            {
                "id": f"p{n}",
                "code": f"HZ0{n}",
                "name": name,
                "city": city,
                "timezone": "Asia/Shanghai",
                "calendar_code": "service",
                "created_at": created,
            }
            for n, name, city in ((1, "云栖里", "杭州"), (2, "江南府", "宁波"))
        ],
        "ops__building": [
            {
                "id": f"b{n}",
                "project_id": f"p{n}",
                "code": "01",
                "name": "1号楼",
                "completion_acceptance_date": dt.date(2024, 10, 1),
            }
            for n in (1, 2)
        ],
        "ops__unit_type": [
            {
                "id": "ut",
                "project_id": "p1",
                "code": "B2",
                "name": "B2",
                "area_m2": 89.5,
                "bedroom_count": 3,
                "bathroom_count": 2,
            }
        ],
        "ops__unit": [
            {
                "id": "u1",
                "project_id": "p1",
                "building_id": "b1",
                "unit_type_id": "ut",
                "code": "HZ01-01-101",
                "room_number": "101",
                "handover_date": dt.date(2026, 1, 1),
            },
            {
                "id": "u2",
                "project_id": "p1",
                "building_id": "b1",
                "code": "HZ01-01-102",
                "room_number": "102",
                "handover_date": dt.date(2026, 6, 1),
            },
            {"id": "u3", "project_id": "p2", "building_id": "b2", "code": "HZ02-01-101", "room_number": "101"},
        ],
        "ops__defect_category": [{"code": "water", "name_zh": "渗漏水", "name_en": "Water"}],
        "ops__component": [
            {
                "code": "sink",
                "category_code": "water",
                "name_zh": "水槽",
                "name_en": "Sink",
                "trade": "plumbing",
                "is_public": False,
            }
        ],
        "ops__contractor": [{"id": "k1", "code": "K1", "name": "某防水公司"}],
        "ops__installed_component": [
            {"id": "i1", "project_id": "p1", "building_id": "b1", "component_code": "sink", "contractor_id": "k1"}
        ],
        "ops__staff": [{"id": "s1", "staff_number": "S1", "name": "王师傅", "kind": "technician", "is_active": True}],
        "ops__sla_policy": [
            {
                "id": 1,
                "severity": "normal",
                "target": "acknowledge",
                "target_minutes": 30,
                "is_active": True,
                "valid_from": at("1970-01-01T00:00"),
                "running_reasons": "",
            },
        ],
        "calendar__segments": _segments(),
        "calls__call": [
            {
                "call_key": f"c{n}",
                "exchange_code": "pbx",
                "offered_at": at("2026-06-01T10:00"),
                "ended_at": at("2026-06-01T10:05"),
                "wait_seconds": wait,
                "talk_seconds": 60,
                "outcome": outcome,
                "call_date": dt.date(2026, 6, 1),
            }
            for n, (wait, outcome) in enumerate(
                [
                    (5, "answered"),
                    (20, "answered"),
                    (40, "answered"),
                    (30, "abandoned"),
                    (2, "abandoned"),
                    (0, "ivr_only"),
                    (0, "phantom"),
                ]
            )
        ],
        "finance__payment": [
            {
                "payment_key": f"f{n}",
                "ledger_code": "main",
                "paid_date": dt.date(2026, 5, n + 1),
                "currency_code": "CNY",
                "cost_group": group,
                "amount_fen": fen,
            }
            for n, (group, fen) in enumerate([("Materials", 10_010), ("Materials", -10), ("Fleet", 5_005)])
        ],
    }
    for number, ticket in enumerate(_tickets(), start=1):
        _add_ticket(tables, f"t{number}", **ticket)
    return tables


def _segments() -> list[dict[str, Any]]:
    """Every day of the half-year from 9 to 12 and 14 to 18, with the empty row before the first."""
    first = at("2026-01-01T00:00")
    segments = [{"calendar_code": "service", "starts_at": first, "ends_at": first, "minutes_before": 0}]
    minutes = 0
    for day in range(181):
        for start, end in ((9, 12), (14, 18)):
            starts_at = first + dt.timedelta(days=day, hours=start)
            ends_at = first + dt.timedelta(days=day, hours=end)
            segments.append(
                {"calendar_code": "service", "starts_at": starts_at, "ends_at": ends_at, "minutes_before": minutes}
            )
            minutes += (end - start) * 60
    return segments


def _tickets() -> list[dict[str, Any]]:
    """What happened to each ticket, in Shanghai's time."""
    return [
        # Acknowledged after 20 working minutes, fixed the same afternoon, closed and followed up.
        {
            "unit": "u1",
            "reported": "2026-02-02T09:00",
            "accepted": "2026-02-02T09:20",
            "dispatched": "2026-02-02T10:00",
            "arrived": "2026-02-02T14:00",
            "fixed": "2026-02-02T15:00",
            "closed": "2026-02-03T09:00",
            "due": "2026-02-03T18:00",
            "scores": (5, 4, 5),
            "cost": 12_345,
            "payer": "contractor",
            "followed_up": True,
        },
        # The same sink again 20 days later: a repeat, paused for a night, resolved late.
        {
            "unit": "u1",
            "reported": "2026-02-23T17:30",
            "accepted": "2026-02-24T09:30",
            "dispatched": "2026-02-24T10:00",
            "paused": ("2026-02-24T12:00", "2026-02-25T12:00"),
            "arrived": "2026-02-25T14:00",
            "fixed": "2026-02-25T16:00",
            "closed": "2026-02-26T10:00",
            "due": "2026-02-25T12:00",
            "scores": (2, 3, 4),
            "cost": 5_000,
            "payer": "developer",
        },
        # Open and past its due time.
        {"unit": "u2", "reported": "2026-06-20T10:00", "accepted": "2026-06-20T10:10", "due": "2026-06-22T10:00"},
        # Open, not yet taken up, not yet due.
        {"unit": "u2", "reported": "2026-06-30T11:50", "due": "2026-07-03T10:00"},
        # A second project: one closed and asked for an opinion that never came, one rejected, one urgent and open.
        {
            "unit": "u3",
            "reported": "2026-05-05T09:00",
            "accepted": "2026-05-05T09:05",
            "arrived": "2026-05-06T09:00",
            "fixed": "2026-05-06T10:00",
            "closed": "2026-05-06T11:00",
            "due": "2026-05-07T09:00",
            "scores": None,
            "cost": 20_000,
            "payer": "developer",
        },
        {"unit": "u3", "reported": "2026-05-10T09:00", "rejected": "2026-05-10T09:30", "due": "2026-05-12T09:00"},
        {"unit": "u3", "reported": "2026-06-29T09:00", "severity": "urgent", "due": "2026-07-01T09:00"},
        # One of an older system, without a home or a log, closed on a day.
        {"unit": None, "reported": "2026-03-01T10:00", "closed": "2026-03-03T00:00", "source": "old"},
    ]


# Long because one ticket leaves its traces in five tables.
def _add_ticket(
    tables: dict[str, list[dict[str, Any]]],
    key: str,
    *,
    unit: str | None,
    reported: str,
    severity: str = "normal",
    due: str | None = None,
    closed: str | None = None,
    rejected: str | None = None,
    arrived: str | None = None,
    paused: tuple[str, str] | None = None,
    scores: tuple[int, int, int] | str | None = "never asked",
    cost: int | None = None,
    payer: str = "developer",
    followed_up: bool = False,
    source: str | None = None,
    **milestones: str,
) -> None:
    number = 2 if unit == "u3" else 1
    ended = closed or rejected
    state = "rejected" if rejected else "closed" if closed else "open"
    tables.setdefault("ops__ticket", []).append(
        {
            "id": key,
            "number": f"T{key[1:]:0>8}",
            "project_id": f"p{number}",
            "building_id": f"b{number}",
            "unit_id": unit,
            "category_code": "water",
            "component_code": "sink",
            "severity": severity,
            "channel": "phone",
            "title": "水槽漏水",
            "description": "",
            "process_definition_id": "d",
            "state": state,
            "owner_status": "received",
            "version": 1,
            "reported_at": at(reported),
            "resolve_due_at": at(due) if due else None,
            "closed_at": at(ended) if ended else None,
            "closed_at_precision": "day" if source else "second",
            "source_system": source,
            "source_key": key if source else None,
            "created_at": at(reported),
        }
    )
    if source:
        return
    log: list[tuple[str, str, str]] = [(reported, "ticket:create", "{}")]
    log += [(moment, "task:complete", f'{{"milestone": "{name}"}}') for name, moment in milestones.items()]
    if paused:
        log += [(paused[0], "ticket:pause", "{}"), (paused[1], "ticket:resume", "{}")]
    if followed_up and closed:
        log.append((closed, "task:complete", '{"milestone": "followed_up"}'))
    if ended:
        log.append((ended, "ticket:reject" if rejected else "ticket:close", "{}"))
    events = tables.setdefault("ops__ticket_event", [])
    for version, (moment, kind, payload) in enumerate(sorted(log, key=lambda one: one[0]), start=1):
        events.append(
            {
                "id": len(events) + 1,
                "ticket_id": key,
                "version": version,
                "kind": kind,
                "actor_kind": "account",
                "occurred_at": at(moment),
                "payload": payload,
            }
        )
    if arrived:
        tables.setdefault("ops__visit", []).append(
            {
                "id": f"v{key}",
                "ticket_id": key,
                "technician_id": "s1",
                "purpose": "repair",
                "promised_from": at(arrived),
                "promised_to": at(arrived) + dt.timedelta(hours=2),
                "departed_at": at(arrived) - dt.timedelta(minutes=30),
                "arrived_at": at(arrived),
                "left_at": at(milestones["fixed"]),
                "outcome": "fixed",
            }
        )
    if scores != "never asked" and closed:
        rating = dict(zip(("process_score", "timeliness_score", "attitude_score"), scores or (None,) * 3, strict=True))
        tables.setdefault("ops__rating", []).append(
            {
                "id": f"r{key}",
                "ticket_id": key,
                "technician_id": "s1",
                "requested_at": at(milestones["fixed"]),
                "rated_at": at(closed) if scores else None,
                **rating,
            }
        )
    if cost:
        tables.setdefault("ops__cost_entry", []).append(
            {
                "id": f"e{key}",
                "ticket_id": key,
                "kind": "material",
                "amount_fen": cost,
                "payer": payer,
                "contractor_id": "k1" if payer == "contractor" else None,
                "note": "",
                "incurred_at": at(milestones["fixed"]),
            }
        )
