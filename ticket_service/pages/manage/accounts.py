"""Accounts: who may sign in, which roles they have where, and who stands in for them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.accounts import delegation, keeping, roles
from ops_db.accounts import keeping_repository as repository
from ops_db.actor import Actor
from ops_db.personal_data import PersonalData
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.answering import NOTHING_REFUSED, Refused, taken
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.shown_once import forget_shown, show_once, shown_now
from ticket_service.pages.whole_days import day_after, day_of
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/accounts")

Administrator = Annotated[Actor, Depends(Allowed(Permission.ACCOUNT_MANAGE))]


@router.get("")
async def list_accounts(
    reader: CurrentReader,
    actor: Administrator,
    connection: Connection,
    search: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Every account with its roles, and the form for a new one."""
    return await _list(connection, reader, actor, search=search)


@router.post("")
async def add_account(
    request: Request, reader: CurrentReader, actor: Administrator, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Make an account; its first password is shown once on its page."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        id, password = await keeping.add_account(
            connection, typed.get("login", ""), _details(typed, is_active=True), actor=actor, now=now
        )
        here = f"/manage/accounts/{id}"
        shown = {"password": password}
        return show_once(go(here, toast="done"), here, shown, request=request, actor=actor, keys=keys)

    async def show(refused: Refused) -> Response:
        return await _list(connection, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.get("/{account_id}")
async def show_account(
    account_id: UUID, reader: CurrentReader, actor: Administrator, connection: Connection, now: Now, keys: Keys
) -> Response:
    """One account."""
    return await _page(connection, account_id, reader, actor, now=now, keys=keys)


@router.post("/{account_id}")
async def change_account(
    account_id: UUID,
    request: Request,
    reader: CurrentReader,
    actor: Administrator,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> Response:
    """Write name, language, colleague and whether the account is open; give or take a role; name a deputy."""
    typed = (await submitted(request)).typed
    here = f"/manage/accounts/{account_id}"

    async def work() -> Response:
        match typed.get("deed"):
            case "password":
                password = await keeping.set_password(connection, account_id, actor=actor, now=now)
                shown = {"password": password}
                return show_once(go(here, toast="done"), here, shown, request=request, actor=actor, keys=keys)
            case "grant":
                role, project = typed.get("role", ""), typed.get("project", "")
                await keeping.grant(connection, account_id, role, project_code=project, actor=actor, now=now)
            case "withdraw":
                number = int(typed.get("grant", "0")) if typed.get("grant", "").isdigit() else 0
                await keeping.withdraw(connection, account_id, number, actor=actor, now=now)
            case "delegate":
                await delegation.delegate(
                    connection,
                    actor=actor,
                    from_account_id=account_id,
                    to_account_id=account_in(typed),
                    starts_at=day_of(typed.get("from", ""), reader.clock, default=now),
                    ends_at=day_after(typed.get("until", ""), reader.clock),
                    reason=typed.get("reason", ""),
                    now=now,
                )
            case _:
                details = _details(typed, is_active=typed.get("is_active") == "1")
                await keeping.change_account(connection, account_id, details, actor=actor, now=now)
        return go(here, toast="done")

    async def show(refused: Refused) -> Response:
        return await _page(connection, account_id, reader, actor, now=now, keys=keys, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.post("/{account_id}/delegations/end")
async def end_delegation(
    account_id: UUID,
    delegation_id: Annotated[UUID, Form(alias="delegation")],
    actor: Administrator,
    connection: Connection,
    now: Now,
) -> Response:
    """End a delegation before its time."""
    await delegation.end_delegation(connection, delegation_id, actor=actor, now=now, everybody=True)
    return go(f"/manage/accounts/{account_id}", toast="done")


def account_in(typed: dict[str, str]) -> UUID:
    """The deputy chosen; one that nobody has where none was."""
    try:
        return UUID(typed.get("to", ""))
    except ValueError:
        return UUID(int=0)


def _details(typed: dict[str, str], *, is_active: bool) -> keeping.AccountDetails:
    return keeping.AccountDetails(
        display_name=typed.get("display_name", ""),
        language=typed.get("language", "zh-CN"),
        staff_number=typed.get("staff_number", ""),
        is_active=is_active,
    )


async def _list(
    connection: AsyncConnection, reader: Reader, actor: Actor, *, search: str = "", refused: Refused = NOTHING_REFUSED
) -> Response:
    found = await keeping.accounts(connection, actor=actor, search=search)
    return manage_page(
        reader, "manage/accounts.html", status=refused.status, accounts=found, search=search, refused=refused
    )


async def _page(
    connection: AsyncConnection,
    id: UUID,
    reader: Reader,
    actor: Actor,
    *,
    now: dt.datetime,
    keys: PersonalData,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    here = f"/manage/accounts/{id}"
    shown = shown_now(reader.request, here, actor=actor, keys=keys)
    response = manage_page(
        reader,
        "manage/account.html",
        status=refused.status,
        account=await keeping.account(connection, id, actor=actor),
        roles=await roles.all_roles(connection),
        projects=await repository.projects(connection),
        deputies=await repository.deputies(connection, account_id=id),
        delegations=await repository.delegations(connection, account_id=id),
        now=now,
        password=shown.get("password", ""),
        refused=refused,
    )
    return forget_shown(response, here) if shown else response
