"""A running service on a fresh, seeded database with a small estate, and clients signed in as each role."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, make_url, text

from core.identifiers import uuid7
from core.settings import Settings
from ops_db.engine import command_engine, service_engine
from ops_db.personal_data import PersonalData
from ops_db.seed import seed
from ops_db.server import ROLE, admin_connection
from tests.route_world import World, make_world
from ticket_service.app import create_app
from ticket_service.dependencies import Service

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"
# As cheap as Argon2 gets: a hash carries its own parameters, and the tests sign in often.
PASSWORD_HASH = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

ESTATE = """
    insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州'), ('SH02', '临江苑', '上海');
    insert into ops.building (project_id, code, name) select id, '03', '3号楼' from ops.project;
    insert into ops.unit_type (project_id, code, name, area_m2, bedroom_count, bathroom_count)
        select id, 'B2', '三室两厅', 108, 3, 2 from ops.project;
    insert into ops.space (unit_type_id, code, kind, name)
        select id, 'bathroom-1', 'bathroom', '主卫' from ops.unit_type;
    insert into ops.unit (project_id, building_id, unit_type_id, code, room_number, floor)
        select project.id, building.id, unit_type.id, project.code || '-03-' || room, room, 18
          from ops.project join ops.building on building.project_id = project.id
          join ops.unit_type on unit_type.project_id = project.id
         cross join (values ('1801'), ('1802')) as rooms (room);
    insert into ops.crew (code, name) values ('W1', '防水一班'), ('P1', '水电一班');
    insert into ops.staff (staff_number, name, work_phone, kind, crew_id)
        select 'S-' || crew.code, '师傅' || crew.code, '0571-88880000', 'technician', crew.id from ops.crew;
"""


@pytest.fixture(scope="session")
def seeded_template(postgres_url: str, template_database: str, run_directory: Path) -> Iterator[str]:
    """Name of a database with reference data and a small estate, from which each test's own is copied."""
    name = f"seeded_{uuid7().hex}"
    _administer(
        postgres_url,
        run_directory,
        f"create database {name} owner {ROLE} template {template_database} strategy file_copy",
    )
    with command_engine(_address_of(postgres_url, name)).begin() as connection:
        seed(connection, now=NOW)
        for statement in filter(str.strip, ESTATE.split(";")):
            connection.execute(text(statement))
    yield name
    _administer(postgres_url, run_directory, f"drop database {name} with (force)")


@pytest.fixture
def database_url(postgres_url: str, seeded_template: str, run_directory: Path) -> Iterator[str]:
    """Address of a database of this test's own, with reference data and two projects of two homes each."""
    name = f"test_{uuid7().hex}"
    _administer(
        postgres_url,
        run_directory,
        f"create database {name} owner {ROLE} template {seeded_template} strategy file_copy",
    )
    yield _address_of(postgres_url, name)
    _administer(postgres_url, run_directory, f"drop database {name} with (force)")


def _copy_database(postgres_url: str, run_directory: Path, name: str, *, template: str) -> None:
    statement = f"create database {name} owner {ROLE} template {template} strategy file_copy"
    _administer(postgres_url, run_directory, statement)


def _administer(postgres_url: str, run_directory: Path, statement: str) -> None:
    # Only the administrator may end a vacuum that Postgres runs in a database to be dropped.
    port = make_url(postgres_url).port
    assert port is not None
    settings = Settings(home=run_directory / "home", system_state=run_directory / "system")
    with admin_connection(settings, port=port) as connection:
        connection.execute(statement)


def _address_of(postgres_url: str, database: str) -> str:
    return make_url(postgres_url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation with the test's database and a home of its own."""
    return Settings(home=tmp_path / "home", database_url=SecretStr(database_url), attachment_megabytes=2)


@pytest.fixture
def engine(database_url: str) -> Engine:
    """Direct access to the test's database."""
    return command_engine(database_url)


@pytest.fixture(scope="session")
def built_app(seeded_template: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The service put together once, which takes a second; each test gives it a database of its own."""
    home = tmp_path_factory.mktemp("built")
    url = SecretStr(_address_of(postgres_url, seeded_template))
    return create_app(Settings(home=home, database_url=url, attachment_megabytes=2))


@pytest.fixture
def app(built_app: FastAPI, settings: Settings, database_url: str) -> FastAPI:
    """The service."""
    built_app.state.service = Service(settings, service_engine(database_url), PersonalData.of(settings))
    return built_app


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
            _add_account(connection, login=login, role=role, project=project, staff=staff)
        signed = TestClient(app)
        # All clients share the first one's event loop, as all requests of a server do.
        signed.portal = client.portal
        # A browser says where a request comes from.
        signed.headers["origin"] = "http://testserver"
        answer = signed.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        return signed

    return signed_in


def _add_account(connection: Connection, *, login: str, role: str, project: str | None, staff: str | None) -> None:
    connection.execute(
        text("""with added as (
                    insert into ops.account (login, password_hash, display_name, staff_id)
                    values (:login, :hash, :login, (select id from ops.staff where staff_number = :staff)) returning id)
                insert into ops.account_role (account_id, role_code, project_id)
                select id, :role, (select id from ops.project where code = :project) from added"""),
        {"login": login, "hash": PASSWORD_HASH, "role": role, "project": project, "staff": staff},
    )


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


@pytest.fixture(scope="module")
def world(
    built_app: FastAPI,
    postgres_url: str,
    seeded_template: str,
    run_directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Two projects with everything in them, and a service that undoes each request."""
    name = f"world_{uuid7().hex}"
    _administer(
        postgres_url,
        run_directory,
        f"create database {name} owner {ROLE} template {seeded_template} strategy file_copy",
    )
    with make_world(built_app, _address_of(postgres_url, name), tmp_path_factory.mktemp("world")) as made:
        yield made
    _administer(postgres_url, run_directory, f"drop database {name} with (force)")
