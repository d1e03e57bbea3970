"""A few repairs of one project that people of the demonstration take through the property company's own process.

Everything goes through the use cases that the pages call, so approvals wait, notices are written and paths are kept as
they would be by hand; the estate's eight thousand tickets know the shipped default process alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import psycopg
from PIL import Image, ImageDraw, ImageFilter

from core.settings import Settings
from core.vocabulary import AttachmentPurpose, Channel, Permission
from demo.addresses import plain_address
from demo.estate.load import LoadError
from demo.signing_in import signed_in
from ops_db.accounts import service as accounts
from ops_db.actor import Actor
from ops_db.conversation.service import keep_photo
from ops_db.engine import service_engine
from ops_db.personal_data import PersonalData
from ops_db.process_admin import rules
from ops_db.tickets.acting import act
from ops_db.tickets.opening import NewTicket, open_ticket
from ops_db.tickets.standing import standing_of

PROCESS: Final = "property_repair"
_LOGINS: Final = (
    *("manager", "desk", "supervisor", "property.lead", "area.lead", "technician"),
    *("quality", "executive", "finance", "warehouse"),
)
_PACE: Final = dt.timedelta(minutes=3)
_PICTURE: Final = (640, 480)


@dataclass(frozen=True, slots=True)
class Deed:
    """What one of them does; at a fork the step is named. `photo` is added before it, where a step asks for one."""

    login: str
    action: str = "complete"
    choice: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    node: str | None = None
    photo: AttachmentPurpose | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """A ticket and how far it has come; it was reported `minutes` before the moment of the estate."""

    minutes: int
    description: str
    component: str
    defect: str
    deeds: tuple[Deed, ...]
    is_in_home: bool = False


_ACCEPT: Final = Deed("desk", choice="accept")
_TO_CREW: Final = (_ACCEPT, Deed("property.lead", choice="confirm"), Deed("supervisor", choice="dispatch"))


def _surveyed(yuan: int, **found: bool) -> tuple[Deed, ...]:
    """Accepted, confirmed, dispatched and looked at on site, with an estimate."""
    data = {"estimated_cost_fen": yuan * 100} | found
    return (
        *_TO_CREW,
        Deed("technician", choice="needs_repair", data=data, photo=AttachmentPurpose.BEFORE),
    )


_ASKED_AREA_LEAD: Final = Deed("quality", "add_signer", data={"role": "area_lead", "note": "请片区负责人一并确认"})
_FIXED: Final = Deed(
    "technician", choice="fixed", data={"note": "已更换控制模块并试运行"}, photo=AttachmentPurpose.AFTER
)

WALKS: Final = (
    Walk(
        115,
        "大堂入口门禁失灵，业主刷卡无法进门。",
        "access_control",
        "access_control_dead",
        (*_surveyed(260), _FIXED, Deed("desk", choice="accept")),
    ),
    Walk(
        105,
        "地下车库后浇带渗水，地面已形成积水。",
        "basement_waterproofing",
        "basement_waterproofing_seepage",
        (*_surveyed(18_600, is_major_structural=True), _ASKED_AREA_LEAD, Deed("quality", "approve")),
    ),
    Walk(
        95,
        "屋面防水层大面积空鼓，顶层楼道滴水。",
        "roof_waterproofing",
        "roof_waterproofing_leak",
        _surveyed(6_800),
    ),
    Walk(
        85,
        "外墙雨水立管脱落，需要整段更换。",
        "exterior_wall",
        "exterior_wall_leak",
        (*_surveyed(420, needs_purchase=True), Deed("supervisor", "approve")),
    ),
    Walk(
        80,
        "消防水泵房排水管接头渗水，配件需要采购。",
        "supply_pipe",
        "supply_pipe_drip",
        (
            *_surveyed(380, needs_purchase=True),
            Deed("supervisor", "approve"),
            Deed("finance", "approve"),
            Deed("desk", choice="agreed", node="appointment"),
        ),
    ),
    Walk(
        75,
        "地下车库地坪翻新，物业希望一并处理划痕。",
        "basement_waterproofing",
        "basement_waterproofing_ponding",
        (*_surveyed(52_000), Deed("finance", "decline", data={"reason": "属于改造项目，请另行立项"})),
    ),
    Walk(60, "单元门厅吊顶有水渍，疑似楼上管道渗漏。", "drain_pipe", "drain_pipe_leak", _surveyed(320)),
    Walk(40, "园区道路旁雨水口堵塞，雨后积水。", "drain_pipe", "drain_pipe_blocked", (_ACCEPT,)),
    Walk(
        35,
        "客厅地砖空鼓，走上去有异响。",
        "floor_tile",
        "floor_tile_hollow",
        (_ACCEPT, Deed("area.lead", choice="confirm"), Deed("supervisor", choice="dispatch")),
        is_in_home=True,
    ),
    Walk(
        30,
        "主卧卫生间墙面返潮，踢脚线起皮。",
        "bath_waterproofing",
        "bath_waterproofing_damp_wall",
        (_ACCEPT,),
        is_in_home=True,
    ),
    Walk(
        20,
        "主卧木地板起拱，门关不上。",
        "wood_floor",
        "wood_floor_swollen",
        (_ACCEPT,),
        is_in_home=True,
    ),
)
"""From the longest reported to the newest; each stops where somebody is to look at it."""

# The project of the technician of the demonstration, who is then sent to these homes.
_PLACE: Final = """
    select project.id, project.code, staff.id,
           (select unit.code from ops.unit where unit.project_id = project.id order by unit.code limit 1),
           (select building.code from ops.building where building.project_id = project.id
             order by building.code limit 1)
      from ops.account
      join ops.staff on staff.id = account.staff_id
      join ops.crew_project on crew_project.crew_id = staff.crew_id
      join ops.project on project.id = crew_project.project_id
     where account.login = 'technician'
     order by project.code
     limit 1
"""
_HAS_RULE: Final = "select from ops.process_rule limit 1"


@dataclass(frozen=True, slots=True)
class Place:
    """The project that tickets walk in, its first home and building, and who is sent there."""

    project_id: UUID
    project_code: str
    technician_id: UUID
    unit_code: str
    building_code: str


def walk(database_url: str, settings: Settings, now: dt.datetime) -> list[str]:
    """Send one project's tickets to the process and walk them, all or none; the numbers of the tickets.

    Where there is a process rule already nothing is done. Raises LoadError if the estate has nobody to walk them.
    """
    with psycopg.connect(plain_address(database_url)) as connection:
        if connection.execute(_HAS_RULE).fetchone() is not None:
            return []
        found = connection.execute(_PLACE).fetchone()
    if found is None:
        raise LoadError("The estate has no technician of a project. Generate it with another seed.")
    return asyncio.run(_walk(database_url, settings, Place(*found), now))


async def _walk(database_url: str, settings: Settings, place: Place, now: dt.datetime) -> list[str]:
    engine = service_engine(database_url, pool_size=1, sees_every_project=True)
    try:
        async with engine.begin() as connection:
            walked = Walked(connection, place, settings)
            begun = now - dt.timedelta(minutes=WALKS[0].minutes) - _PACE
            for login in _LOGINS:
                await walked.sign_in(login, begun)
            await rules.add_rule(
                connection,
                rules.Conditions(project_id=place.project_id),
                actor=walked.people["manager"],
                process_key=PROCESS,
                now=begun,
            )
            numbers = [await walked.take(one, now) for one in WALKS]
            for actor in walked.people.values():
                await accounts.sign_out(connection, actor=actor, now=now)
            return numbers
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class Walked:
    """Who walks, and where; `connection` is that of the use cases, which alone know its kind."""

    connection: Any
    place: Place
    settings: Settings
    people: dict[str, Actor] = field(default_factory=dict)

    async def sign_in(self, login: str, now: dt.datetime) -> None:
        """Let somebody of the demonstration come to work."""
        self.people[login] = await signed_in(self.connection, login, now)

    async def take(self, one: Walk, now: dt.datetime) -> str:
        """Report the ticket and do its deeds, a few minutes apart; its number."""
        at = now - dt.timedelta(minutes=one.minutes)
        opened = await open_ticket(
            self.connection,
            NewTicket(
                channel=Channel.PHONE,
                description=one.description,
                component_code=one.component,
                defect_code=one.defect,
                reported_at=at,
                unit_code=self.place.unit_code if one.is_in_home else None,
                project_code=None if one.is_in_home else self.place.project_code,
                building_code=None if one.is_in_home else self.place.building_code,
            ),
            actor=self.people["desk"],
            now=at,
            personal_data=PersonalData.of(self.settings),
        )
        for deed in one.deeds:
            at += _PACE
            await self._do(opened.number, deed, at)
        return opened.number

    async def _do(self, number: str, deed: Deed, now: dt.datetime) -> None:
        actor = self.people[deed.login]
        standing = await standing_of(self.connection, number, actor=actor, permission=Permission.TICKET_READ)
        tasks = {token.node_key: UUID(token.id) for token in standing.state.tokens}
        data = dict(deed.data)
        if deed.choice == "dispatch":
            if "dispatch" not in tasks:
                return  # A rule of dispatch was quicker.
            data["technician_id"] = str(self.place.technician_id)
        if deed.photo is not None:
            await keep_photo(
                self.connection,
                number,
                actor=actor,
                content=_picture(len(data) + now.minute, is_done=deed.photo == AttachmentPurpose.AFTER),
                purpose=deed.photo,
                folder=self.settings.attachments,
                now=now,
            )
        await act(
            self.connection,
            number,
            actor=actor,
            action=deed.action,
            version=None,
            now=now,
            task_id=tasks[deed.node] if deed.node else None,
            choice=deed.choice,
            data=data,
        )


def _picture(seed: int, *, is_done: bool) -> bytes:
    """A wall, with a stain as long as nobody has been there; drawn, because photographs show somebody's home."""
    width, height = _PICTURE
    wall = Image.new("RGB", _PICTURE, (226, 222, 214))
    pen = ImageDraw.Draw(wall)
    pen.rectangle((0, height - 70, width, height), fill=(158, 146, 130))
    if not is_done:
        left, top = 90 + seed * 37 % 260, 60 + seed * 23 % 120
        pen.ellipse((left, top, left + 230, top + 190), fill=(176, 160, 128))
        pen.ellipse((left + 50, top + 40, left + 170, top + 140), fill=(146, 128, 96))
    kept = BytesIO()
    wall.filter(ImageFilter.GaussianBlur(9)).save(kept, "JPEG", quality=80)
    return kept.getvalue()
