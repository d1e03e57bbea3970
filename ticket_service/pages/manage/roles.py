"""Roles and permissions as one table that can be changed in place."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission, Role
from ops_db.accounts import roles
from ops_db.actor import Actor
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.answering import NOTHING_REFUSED, Refused, taken
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go, marked
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/roles")

Administrator = Annotated[Actor, Depends(Allowed(Permission.ROLE_MANAGE))]

GROUPS: Final = (
    (marked("Tickets"), ("ticket", "call", "material")),
    (marked("Homes and people"), ("estate", "person")),
    (marked("Money"), ("cost",)),
    (marked("Cockpits"), ("cockpit",)),
    (marked("Rules of the house"), ("process", "form", "dispatch", "clock", "warranty")),
    (marked("Installation"), ("account", "role", "webhook", "audit")),
)
"""Permissions by what they are about, told by the first word of their code."""


@router.get("")
async def show_roles(reader: CurrentReader, actor: Administrator, connection: Connection) -> Response:
    """The table."""
    return await _page(connection, reader, actor)


@router.post("/permissions")
async def change_permissions(
    reader: CurrentReader,
    actor: Administrator,
    connection: Connection,
    now: Now,
    shown: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006  FastAPI copies it.
    permitted: Annotated[list[str], Form(max_length=2000)] = [],  # noqa: B006  As above.
) -> Response:
    """Write the table: each role that was shown permits exactly what is ticked."""
    wanted: dict[str, set[str]] = {code: set() for code in shown}
    for pair in permitted:
        code, _, permission = pair.partition(" ")
        wanted.setdefault(code, set()).add(permission)

    async def work() -> Response:
        await roles.set_permissions(connection, wanted, actor=actor, now=now)
        return go("/manage/roles", toast="done")

    async def show(refused: Refused) -> Response:
        return await _page(connection, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed={})


@router.post("")
async def add_role(
    request: Request, reader: CurrentReader, actor: Administrator, connection: Connection, now: Now
) -> Response:
    """A role of this house."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        await roles.add_role(
            connection,
            typed.get("code", ""),
            name_zh=typed.get("name_zh", ""),
            name_en=typed.get("name_en", ""),
            like=typed.get("like", ""),
            actor=actor,
            now=now,
        )
        return go("/manage/roles", toast="done")

    async def show(refused: Refused) -> Response:
        return await _page(connection, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.post("/remove")
async def remove_role(
    reader: CurrentReader,
    actor: Administrator,
    connection: Connection,
    now: Now,
    code: Annotated[str, Form(max_length=60)],
) -> Response:
    """Remove a role of this house that nobody holds."""

    async def work() -> Response:
        await roles.remove_role(connection, code, actor=actor, now=now)
        return go("/manage/roles", toast="done")

    async def show(refused: Refused) -> Response:
        return await _page(connection, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed={})


async def _page(
    connection: AsyncConnection, reader: Reader, actor: Actor, *, refused: Refused = NOTHING_REFUSED
) -> Response:
    found = await roles.roles(connection, actor=actor)
    groups = [
        (reader.translate(title), [one for one in Permission if one.value.split(":")[0] in subjects])
        for title, subjects in GROUPS
    ]
    return manage_page(
        reader,
        "manage/roles.html",
        status=refused.status,
        roles=found,
        groups=groups,
        built_in=set(Role.codes()),
        refused=refused,
        here="/manage/roles",
    )
