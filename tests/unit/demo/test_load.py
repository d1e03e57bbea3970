"""Loading an estate: everything arrives, everything refers to something, and personal data is unreadable."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from core.settings import Settings
from demo.estate.generate import Estate
from demo.estate.load import DEMO_PASSWORD, STATIC_TABLES, TICKET_TABLES, LoadError, load
from ops_db.passwords import is_password
from ops_db.personal_data import PersonalData
from ops_db.seed import seed

NOW = dt.datetime(2026, 3, 18, tzinfo=dt.UTC)


def seeded(database_url: str) -> str:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        seed(connection, now=NOW)
    engine.dispose()
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def catalogue(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    return connection.execute(
        """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
         where connamespace = 'ops'::regnamespace
        union all select tablename, indexname, indexdef from pg_indexes where schemaname = 'ops'
        union all select tgrelid::regclass::text, tgname, tgenabled::text from pg_trigger where not tgisinternal
        order by 1, 2, 3
        """
    ).fetchall()


def test_an_estate_arrives_whole_and_leaves_the_schema_as_it_was(
    database_url: str, small_estate: Estate, anju_home: object
) -> None:
    address = seeded(database_url)
    settings = Settings()
    with psycopg.connect(address) as connection:
        before = catalogue(connection)

    written = load(small_estate, database_url, settings)

    with psycopg.connect(address) as connection:
        assert catalogue(connection) == before
        for name in (*STATIC_TABLES, *TICKET_TABLES):
            found = connection.execute(f"select count(*) from ops.{name}").fetchone()
            assert found == (written[name],) == (small_estate.tables[name].height,), name
        assert connection.execute(
            "select count(distinct changed_xid), min(changed_xid) > '0' from ops.ticket"
        ).fetchone() == (1, True)
        assert connection.execute("select nextval('ops.ticket_number')").fetchone() == (
            small_estate.size.ticket_count + 1,
        )
        ciphertext, index = connection.execute(
            "select phone_ciphertext, phone_index from ops.person order by crm_key limit 1"
        ).fetchone() or (b"", b"")
        phone = small_estate.frames["person"].sort("crm_key")["phone"][0]
        personal = PersonalData.of(settings)
        assert phone.encode() not in ciphertext
        assert personal.decrypt(ciphertext) == phone
        assert personal.phone_index(phone) == index
        callers = connection.execute(
            "select count(*) from ops.call join ops.person on phone_index = caller_index where direction = 'inbound'"
        ).fetchone()
        assert callers == (small_estate.tables["call"].filter(direction="inbound").height,)
        hashes = connection.execute(
            "select login, password_hash from ops.account where password_hash is not null"
        ).fetchall()
        assert {login for login, _ in hashes} >= {"desk", "supervisor", "technician", "quality", "executive", "admin"}
        assert all(is_password(DEMO_PASSWORD, one) for _, one in hashes[:2])

    with pytest.raises(LoadError, match="holds projects already"):
        load(small_estate, database_url, settings)


def test_a_database_without_reference_data_is_refused(
    database_url: str, small_estate: Estate, anju_home: object
) -> None:
    with pytest.raises(LoadError, match="python -m ops_db seed"):
        load(small_estate, database_url, Settings())
