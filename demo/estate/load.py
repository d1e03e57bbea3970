"""Write an estate into a migrated and seeded database, all of it or nothing, by COPY.

Foreign keys and secondary indexes of the large tables are taken down before and put up again after the rows, and the
triggers that stamp rows rest meanwhile: one scan per key is far cheaper than one look-up per row, and the default of
the column stamps the same transaction as the trigger would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import polars as pl
import psycopg
from psycopg import sql

from core.settings import Settings
from demo.addresses import plain_address
from demo.estate.generate import Estate
from demo.estate.workforce import DEMO_LOGINS
from ops_db.integrity.linking import insert_linked
from ops_db.models import SCHEMA
from ops_db.passwords import hash_password
from ops_db.personal_data import PersonalData

DEMO_PASSWORD: Final = "anju-demo-2026"  # noqa: S105  It opens made-up data only, and the demonstration prints it.
_NULL: Final = "\\N"

STATIC_TABLES: Final = (
    # A project names its area, and an area the colleague who leads it.
    *("contractor", "crew", "staff", "area", "project"),
    *(
        "unit_type",
        "building",
        "unit",
        "space",
        "material_batch",
        "installed_component",
        "asset",
    ),
    *("person", "household_member", "crew_project", "technician_skill", "account", "account_role"),
    *("staff_shift", "staff_leave", "dispatch_rule", "appointment_slot", "material_stock"),
)
TICKET_TABLES: Final = ("ticket", "ticket_event", "task", "visit", "cost_entry", "rating", "message", "call")
_LARGE_TABLES: Final = ("unit", "household_member", *TICKET_TABLES)

Part = dict[str, pl.DataFrame]
Progress = Callable[[str, int, int], None]
"""Called with what is written, how many tickets are, and how many there will be."""


class LoadError(RuntimeError):
    """The database cannot take the estate."""

    code = "estate_not_loaded"


def load(
    estate: Estate,
    database_url: str,
    settings: Settings,
    *,
    password: str = DEMO_PASSWORD,
    may_hold_data: bool = False,
    progress: Progress | None = None,
    each_part: Callable[[Part], None] = lambda _part: None,
) -> dict[str, int]:
    """Write the whole estate in one transaction; returns the number of rows by table.

    `each_part` is shown every part of the tickets, for whoever would have to generate them again otherwise.
    Raises LoadError if the database has projects already (unless `may_hold_data`), or is not migrated and seeded.
    """
    tell = progress or (lambda _what, _done, _total: None)
    personal = PersonalData.of(settings)
    written: dict[str, int] = {}
    address = plain_address(database_url)
    with psycopg.connect(address) as connection:
        process = _check(connection, may_hold_data=may_hold_data)
        tell("estate", 0, len(estate.arrivals))
        phones = _phone_index(estate.frames["person"], personal)
        with _without_upkeep(connection):
            for name in STATIC_TABLES:
                frame = _completed(name, estate.frames[name], personal, phones, password=password)
                written[name] = _copy(connection, name, frame)
            for part in _one_ahead(estate.ticket_parts()):
                each_part(part)
                part["ticket"] = part["ticket"].with_columns(process_definition_id=pl.lit(process))
                part["call"] = _with_caller_index(part["call"], phones)
                for name in TICKET_TABLES:
                    is_log = name == "ticket_event"
                    added = _copy_linked(connection, part[name]) if is_log else _copy(connection, name, part[name])
                    written[name] = written.get(name, 0) + added
                tell("tickets", written["ticket"], len(estate.arrivals))
            tell("indexes", written["ticket"], len(estate.arrivals))
        connection.execute(
            "select setval('ops.ticket_number', greatest(%s, last_value)) from ops.ticket_number", [written["ticket"]]
        )
    _analyze(address)
    return written


def has_projects(database_url: str) -> bool:
    """Whether a migrated database holds an estate already."""
    with psycopg.connect(plain_address(database_url)) as connection:
        return connection.execute("select from ops.project limit 1").fetchone() is not None


def _check(connection: psycopg.Connection, *, may_hold_data: bool) -> str:
    """The id of the process that tickets follow."""
    try:
        held = connection.execute("select exists (select from ops.project)").fetchone()
        process = connection.execute(
            "select id::text from ops.process_definition where key = 'standard_repair' and state = 'published'"
            " order by version desc limit 1"
        ).fetchone()
    except psycopg.errors.UndefinedTable:
        raise LoadError("The database has no tables yet. Run `python -m ops_db migrate` and `seed` first.") from None
    if process is None:
        raise LoadError("The database has no reference data yet. Run `python -m ops_db seed` first.")
    if held is not None and held[0] and not may_hold_data:
        raise LoadError("The database holds projects already. Give an empty one, so that nothing is mixed up.")
    return str(process[0])


def _one_ahead(parts: Iterator[Part]) -> Iterator[Part]:
    """The parts, each made while the one before is written."""
    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(next, parts, None)
        while (part := following.result()) is not None:
            following = maker.submit(next, parts, None)
            yield part


# What only the installation knows.


def _phone_index(people: pl.DataFrame, personal: PersonalData) -> pl.DataFrame:
    """The blind index of every number, as hexadecimal text that COPY takes for bytes."""
    return pl.DataFrame(
        {"phone": people["phone"], "index": _bytes(personal.phone_index(number) for number in people["phone"])}
    )


def _completed(
    name: str, frame: pl.DataFrame, personal: PersonalData, phones: pl.DataFrame, *, password: str
) -> pl.DataFrame:
    if name == "person":
        return frame.drop("name", "phone").with_columns(
            name_ciphertext=_bytes(personal.encrypt(text) for text in frame["name"]),
            phone_ciphertext=_bytes(personal.encrypt(text) for text in frame["phone"]),
            phone_index=phones["index"],
        )
    if name == "account":
        is_demo = pl.col("login").is_in(DEMO_LOGINS)
        return frame.with_columns(password_hash=pl.when(is_demo).then(pl.lit(hash_password(password))))
    return frame


def _with_caller_index(calls: pl.DataFrame, phones: pl.DataFrame) -> pl.DataFrame:
    known = calls["caller_phone"].replace_strict(phones["phone"], phones["index"], default=None, return_dtype=pl.String)
    return calls.drop("caller_phone").with_columns(caller_index=known)


def _bytes(values: Iterator[bytes]) -> pl.Series:
    return pl.Series(["\\x" + value.hex() for value in values], dtype=pl.String)


# Rows.


def _copy_linked(connection: psycopg.Connection, frame: pl.DataFrame) -> int:
    """Copy the events of whole tickets into a table of their own, and from there with their links."""
    connection.execute("create temporary table if not exists unlinked (like ops.ticket_event) on commit drop")
    for name in ("id", "payload_salt", "payload_hash", "chain_hash", "changed_xid"):
        connection.execute(sql.SQL("alter table unlinked alter {} drop not null").format(sql.Identifier(name)))
    _copy(connection, "unlinked", frame, schema="pg_temp")
    written = connection.execute(insert_linked("select * from unlinked")).rowcount
    connection.execute("truncate unlinked")
    return written


def _copy(connection: psycopg.Connection, table: str, frame: pl.DataFrame, *, schema: str = SCHEMA) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    statement = sql.SQL("copy {}.{} ({}) from stdin (format csv, null {})").format(
        sql.Identifier(schema), sql.Identifier(table), columns, sql.Literal(_NULL)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for rows in frame.iter_slices(50_000):
            text = BytesIO()
            rows.write_csv(text, include_header=False, null_value=_NULL, datetime_format="%Y-%m-%d %H:%M:%S%:z")
            copy.write(text.getvalue())
    return frame.height


@contextmanager
def _without_upkeep(connection: psycopg.Connection) -> Iterator[None]:
    """Take down what slows down writing many rows, and put it up again, which also checks what was written."""
    tables = [f"{SCHEMA}.{name}" for name in _LARGE_TABLES]
    keys = connection.execute(
        """
        select format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
               format('alter table %%s drop constraint %%I', conrelid::regclass, conname)
          from pg_constraint where contype = 'f' and conrelid = any(%s::regclass[])
        """,
        [tables],
    ).fetchall()
    indexes = connection.execute(
        """
        select pg_get_indexdef(indexrelid), format('drop index %%s', indexrelid::regclass)
          from pg_index
         where indrelid = any(%s::regclass[])
           and not exists (select from pg_constraint where conindid = indexrelid)
        """,
        [tables],
    ).fetchall()
    stamped = [name for name in tables if _is_stamped(connection, name)]
    for _, drop in keys + indexes:
        connection.execute(drop)
    for name in stamped:
        connection.execute(f"alter table {name} disable trigger stamp_changed_xid")
    yield
    for name in stamped:
        connection.execute(f"alter table {name} enable trigger stamp_changed_xid")
    for build, _ in indexes + keys:
        connection.execute(build)


def _is_stamped(connection: psycopg.Connection, table: str) -> bool:
    found = connection.execute(
        "select from pg_trigger where tgrelid = %s::regclass and tgname = 'stamp_changed_xid'", [table]
    )
    return found.fetchone() is not None


def _analyze(address: str) -> None:
    """Let the planner know the new tables."""
    with psycopg.connect(address, autocommit=True) as connection:
        for name in (*STATIC_TABLES, *TICKET_TABLES):
            connection.execute(sql.SQL("analyze {}.{}").format(sql.Identifier(SCHEMA), sql.Identifier(name)))
