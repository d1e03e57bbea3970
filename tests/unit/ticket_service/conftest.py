"""A running service on a fresh, seeded database with a small estate, and clients signed in as each role."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, text

from core.settings import Settings
from core.vocabulary import Role
from ops_db.engine import command_engine
from ops_db.passwords import hash_password
from ops_db.seed import seed
from ticket_service.app import create_app

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)

ESTATE = """
    insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州'), ('SH02', '临江苑', '上海');
    insert into ops.building (project_id, code, name) select id, '03', '3号楼' from ops.project;
    insert into ops.unit_type (project_id, code, name, area_m2, bedroom_count, bathroom_count)
        select id, 'B2', '三室两厅', 108, 3, 2 from ops.project;
    insert into ops.space (unit_type_id, code, kind, name) select id, 'bathroom-1', 'bathroom', '主卫' from ops.unit_type;
    insert into ops.unit (project_id, building_id, unit_type_id, code, room_number, floor)
        select project.id, building.id, unit_type.id, project.code || '-03-' || room, room, 18
          from ops.project join ops.building on building.project_id = project.id
          join ops.unit_type on unit_type.project_id = project.id
         cross join (values ('1801'), ('1802')) as rooms (room);
    insert into ops.crew (code, name) values ('W1', '防水一班'), ('P1', '水电一班');
    insert into ops.staff (staff_number, name, work_phone, kind, crew_id)
        select 'S-' || crew.code, '师傅' || crew.code, '0571-8888' || length(crew.code), 'technician', crew.id from ops.crew;
"""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation with the test's database and a home of its own."""
    return Settings(home=tmp_path / "home", database_url=database_url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Direct access to the test's database, seeded and with two projects of two homes each."""
    engine = command_engine(database_url)
    with engine.begin() as connection:
        seed(connection, now=NOW)
        for statement in filter(str.strip, ESTATE.split(";")):
            connection.execute(text(statement))
    yield engine
    engine.dispose()


@pytest.fixture
def app(settings: Settings, engine: Engine) -> FastAPI:
    """The service."""
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who has not signed in."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def sign_in(client: TestClient, app: FastAPI, engine: Engine) -> Callable[..., TestClient]:
    """`sign_in("desk")` is a client of a new account with that role, for one project if its code is given."""

    def signed_in(role: str, *, project: str | None = None, staff: str | None = None) -> TestClient:
        login = f"{role}-{project}-{staff}"
        with engine.begin() as connection:
            add_account(connection, login=login, role=role, project=project, staff=staff)
        signed = TestClient(app)
        # All clients share the first one's event loop, as all requests of a server do.
        signed.portal = client.portal
        signed.headers["origin"] = "http://testserver"
        answer = signed.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        return signed

    return signed_in


def add_account(
    connection: Connection, *, login: str, role: str = Role.DESK, project: str | None = None, staff: str | None = None
) -> UUID:
    """An account with one role."""
    account_id: UUID = connection.execute(
        text("""insert into ops.account (login, password_hash, display_name, staff_id)
                values (:login, :hash, :login, (select id from ops.staff where staff_number = :staff)) returning id"""),
        {"login": login, "hash": PASSWORD_HASH, "staff": staff},
    ).scalar_one()
    connection.execute(
        text("""insert into ops.account_role (account_id, role_code, project_id)
                values (:id, :role, (select id from ops.project where code = :project))"""),
        {"id": account_id, "role": role, "project": project},
    )
    return account_id


@pytest.fixture
def ticket_body() -> dict[str, Any]:
    """A request that opens a ticket."""
    return {
        "unit_code": "HZ01-03-1802",
        "defect_code": "bath_waterproofing_leak",
        "description": "主卧卫生间门口墙面渗水",
        "reporter": {"phone": "138 0000 1234", "name": "王芳"},
    }


@pytest.fixture
def create(ticket_body: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """`create(client, title="…")` opens a ticket and returns the answer."""
    keys = itertools.count()

    def created(client: TestClient, **changes: object) -> dict[str, Any]:
        headers = {"Idempotency-Key": f"test-key-{next(keys)}"}
        answer = client.post("/api/v1/tickets", json=ticket_body | changes, headers=headers)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return created
