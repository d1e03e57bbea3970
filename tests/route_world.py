"""Two projects with everything in them, and a service whose every request is undone.

The matrix of roles, the trial of the API and the mass assignment all send thousands of requests. Each sees the same
world: a request works in a transaction of its own, which is looked at and rolled back instead of committed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx
from fastapi import FastAPI, Request
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.settings import Settings
from core.vocabulary import ROLE_PERMISSIONS, Channel, Role
from ops_db.actor import SYSTEM
from ops_db.conversation import photos
from ops_db.engine import command_engine, service_engine
from ops_db.models import EXTRACTED_TABLES, Base
from ops_db.passwords import new_token, token_hash
from ops_db.personal_data import PersonalData
from ops_db.tickets.opening import NewTicket, open_ticket
from ticket_service.dependencies import SESSION_COOKIE, Service, connection_of

ORIGIN: Final = "http://testserver"
ROLES: Final = tuple(role for role in Role if ROLE_PERMISSIONS[role])
OWN, FOREIGN = "HZ01", "SH02"
CANARY: Final = "金丝雀"
"""Stands in every text of the foreign project, and may be seen by nobody who serves the own one alone."""


def _picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 140, 90)).save(written, "JPEG")
    return written.getvalue()


PICTURE: Final = _picture()


async def _act_as_owner(connection: AsyncConnection) -> None:
    await connection.execute(text("set role none"))
    await connection.commit()


@dataclass(frozen=True, slots=True)
class Side:
    """What there is in one project, by the name under which addresses and requests ask for it."""

    project_code: str
    words: dict[str, Any]


@dataclass(slots=True)
class Answer:
    """An answer, and what its transaction would have changed."""

    status: int
    text: str
    content: bytes
    headers: httpx.Headers
    written: dict[str, int] = field(default_factory=dict)
    response: httpx.Response | None = None

    @property
    def code(self) -> str:
        """The stable code of a problem, empty for anything else."""
        is_problem = self.headers.get("content-type", "").startswith("application/problem+json")
        return str(httpx.Response(200, content=self.content).json()["code"]) if is_problem else ""


class World:
    """A service over a database with two projects, asked by each role.

    It acts as the owner of the tables, whom row-level security does not confine: what stays out of sight here, the
    queries themselves leave out. That Postgres would too is `tests/unit/ticket_service/test_reach.py`'s to show.
    """

    def __init__(self, app: FastAPI, settings: Settings, url: str) -> None:
        """Fill the database behind `url`, which has the reference data and the small estate."""
        self.app = app
        self.settings = settings
        self.engine: Engine = command_engine(url)
        self.personal_data = PersonalData.of(settings)
        self._runner = asyncio.Runner()
        self._service = Service(settings, service_engine(url), self.personal_data)
        self._written: dict[str, int] = {}
        self.sides = self._runner.run(self._fill())
        self._foreign = self._question_of_foreign_rows()
        self._cookies = {
            f"{role}{scope}": self._session(str(role), role, project)
            for role in (*ROLES, None)
            for scope, project in (("", None), ("@own", OWN))
        }
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=ORIGIN
        )
        self._connection: AsyncConnection | None = None

    def __enter__(self) -> Self:
        """Answer with this world's database."""
        self.app.state.service = self._service
        self.app.dependency_overrides[connection_of] = self._rolled_back
        self._connection = self._runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        """Let the application answer as usual."""
        self.app.dependency_overrides.pop(connection_of)
        self._runner.run(self._close())
        self._runner.close()

    def ask(self, who: str, method: str, path: str, **given: Any) -> Answer:
        """`who` is a role, a role with `@own` for one that serves the own project alone, `None`, or "" for nobody."""
        cookie = self._cookies.get(who)
        headers = {"origin": ORIGIN, **({"cookie": f"{SESSION_COOKIE}={cookie}"} if cookie else {})}
        headers |= given.pop("headers", {})
        self._written = {}
        response = self._runner.run(self._client.request(method, path, headers=headers, **given))
        return Answer(
            response.status_code, response.text, response.content, response.headers, dict(self._written), response
        )

    async def _open(self) -> AsyncConnection:
        connection = await self._service.engine.connect().start()
        await _act_as_owner(connection)
        return connection

    async def _close(self) -> None:
        assert self._connection is not None
        await self._connection.close()
        await self._client.aclose()
        await self._service.engine.dispose()

    async def _rolled_back(self, request: Request) -> AsyncIterator[AsyncConnection]:
        connection = self._connection
        assert connection is not None
        try:
            yield connection
            assigned = (await connection.execute(text("select pg_current_xact_id_if_assigned()::text"))).scalar()
            if assigned is not None:
                rows = (await connection.execute(text(self._foreign), {"project": FOREIGN})).all()
                self._written = {name: count for name, count in rows if count}
        finally:
            await connection.rollback()

    def _question_of_foreign_rows(self) -> str:
        """How many rows of the foreign project this transaction wrote, by table."""
        parts = []
        for table in sorted(EXTRACTED_TABLES):
            columns = Base.metadata.tables[f"ops.{table}"].columns
            if "project_id" in columns:
                owner = "project_id"
            elif "ticket_id" in columns:
                owner = "(select project_id from ops.ticket where ticket.id = ticket_id)"
            else:
                continue
            parts.append(
                f"select '{table}', count(*) from ops.{table} where changed_xid = pg_current_xact_id()"
                f" and {owner} = (select id from ops.project where code = :project)"
            )
        return " union all ".join(parts)

    def _session(self, login: str, role: str | None, project: str | None) -> str:
        token = new_token()
        with self.engine.begin() as connection:
            connection.execute(
                text("""
                    with added as (
                        insert into ops.account (login, display_name) values (:login, :login) returning id),
                    granted as (
                        insert into ops.account_role (account_id, role_code, project_id)
                        select id, :role, (select id from ops.project where code = :project) from added
                         where cast(:role as text) is not null)
                    insert into ops.session (account_id, token_hash, expires_at)
                    select id, :hash, now() + interval '1 day' from added
                """),
                {"login": f"{login}-{project}", "role": role, "project": project, "hash": token_hash(token)},
            )
        return token

    async def _fill(self) -> dict[str, Side]:
        with self.engine.begin() as connection:
            for statement in _MARKED:
                connection.execute(text(statement), {"project": FOREIGN, "canary": CANARY})
        sides = {}
        async with self._service.engine.connect() as connection:
            await _act_as_owner(connection)
            for project in (OWN, FOREIGN):
                sides[project] = await self._fill_project(connection, project)
            await connection.commit()
        return sides

    async def _fill_project(self, connection: AsyncConnection, project: str) -> Side:
        mark = CANARY if project == FOREIGN else ""
        now = dt.datetime.now(dt.UTC)
        unit = f"{project}-03-1802"
        new = NewTicket(
            channel=Channel.PHONE,
            description=f"{mark}主卧卫生间门口墙面渗水",
            title=f"{mark}主卫渗水",
            unit_code=unit,
            defect_code="bath_waterproofing_leak",
            reporter_name="王芳",
            reporter_phone="13800001234" if project == OWN else "13900004321",
        )
        opened = await open_ticket(connection, new, actor=SYSTEM, now=now, personal_data=self.personal_data)
        sha256 = self._photo()
        row = (
            await connection.execute(
                text(_SURROUNDINGS),
                {
                    "ticket": opened.id,
                    "sha256": sha256,
                    "mark": mark,
                    "unit": unit,
                    "now": now,
                },
            )
        ).one()
        words = row._asdict() | {
            "number": opened.number,
            "ticket_number": opened.number,
            "token": opened.tracking_token,
            "unit_code": unit,
            "home": unit,
            "project_code": project,
            "project": project,
            "version": opened.version,
        }
        return Side(project, {name: value if isinstance(value, int) else str(value) for name, value in words.items()})

    def _photo(self) -> str:
        photo = photos.harmless(PICTURE)
        photos.store(self.settings.attachments, photo)
        return photo.sha256


_MARKED: Final = (
    "update ops.project set name = :canary || name where code = :project",
    """update ops.building set name = :canary || name
        where project_id = (select id from ops.project where code = :project)""",
    """insert into ops.space (building_id, code, kind, name)
       select building.id, 'lobby', 'lobby', case when project.code = :project then :canary else '' end || '大堂'
         from ops.building join ops.project on project.id = building.project_id""",
    "insert into ops.contractor (code, name) select 'K1', '总包' where :canary <> '' and :project <> ''",
)
_SURROUNDINGS: Final = """
    with talk as (
        insert into ops.message (ticket_id, author_kind, body, is_internal, sent_at)
        values (:ticket, 'owner', :mark || '下午在家', false, :now) returning id),
    picture as (
        insert into ops.attachment (ticket_id, purpose, sha256, media_type, byte_count, width, height, uploader_kind,
                                    uploaded_at)
        values (:ticket, 'report', :sha256, 'image/jpeg', 700, 60, 40, 'owner', :now) returning id),
    cost as (
        insert into ops.cost_entry (ticket_id, kind, amount_fen, note, incurred_at)
        values (:ticket, 'material', 12000, :mark || '地板', :now) returning id),
    stock as (
        insert into ops.material_stock (warehouse_code, project_id, material_code, material_name, unit, on_hand,
                                        reserved, unit_price_fen, counted_on)
        select 'CK-' || project.code, project.id, 'M-2041', :mark || '防水涂料', 'kg', 40, 1, 2400, current_date
          from ops.project join ops.ticket on ticket.project_id = project.id where ticket.id = :ticket returning id),
    asked as (
        insert into ops.material_request (ticket_id, note, requested_at) values (:ticket, :mark || '明天用', :now)
        returning id),
    line as (
        insert into ops.material_request_line (request_id, stock_id, quantity, reserved)
        select asked.id, stock.id, 5, 1 from asked, stock returning id),
    rule as (
        insert into ops.dispatch_rule (position, is_active, project_id, crew_source, mode, note)
        select (select count(*) + 1 from ops.dispatch_rule), false, project_id, 'any', 'suggest', :mark || '夜间'
          from ops.ticket where id = :ticket returning id),
    choice as (
        insert into ops.process_rule (id, position, project_id, process_key)
        select gen_random_uuid(), (select count(*) + 1 from ops.process_rule), project_id, 'standard_repair'
          from ops.ticket where id = :ticket returning id),
    lives as (
        insert into ops.household_member (unit_id, person_id, role, since_date)
        select unit.id, ticket.reporter_id, 'owner', date '2024-01-01'
          from ops.unit, ops.ticket where unit.code = :unit and ticket.id = :ticket)
    select picture.id as attachment_id, cost.id as entry, cost.id as cost_id, stock.id as stock_id,
           asked.id as request_id, line.id as line_id, rule.id as rule_id, choice.id as id,
           ticket.reporter_id as person_id,
           ticket.reporter_id,
           ticket.reporter_id as person, ticket.id as ticket_id, '03' as building_code, '03' as building,
           (select id from ops.task where task.ticket_id = ticket.id and state = 'open' limit 1) as task_id,
           (select id from ops.task where task.ticket_id = ticket.id and state = 'open' limit 1) as task
      from talk, picture, cost, stock, asked, line, rule, choice, ops.ticket where ticket.id = :ticket
"""


def make_world(app: FastAPI, url: str, home: Any) -> World:
    """A world over the database behind `url`."""
    settings = Settings(home=home, database_url=SecretStr(url), attachment_megabytes=2)
    return World(app, settings, url)
