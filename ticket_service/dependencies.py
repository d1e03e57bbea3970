"""What a request is handed: one connection with one transaction, the actor, the moment, the keys.

The single commit of the service is here. It happens before the answer is sent, so nobody is told of what was not kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.settings import Settings
from ops_db.accounts import service as accounts
from ops_db.actor import Actor
from ops_db.personal_data import PersonalData
from ops_db.reach import see_only

SESSION_COOKIE = "anju_session"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Service:
    """What one running service shares among its requests."""

    settings: Settings
    engine: AsyncEngine
    personal_data: PersonalData


def service_of(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.service
    return service


async def connection_of(request: Request) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction: committed when the endpoint returned, rolled back when it raised.

    A request that only reads goes without one: each statement sees what is committed when it begins, as it would within
    the transaction, and two of the usual four trips to the database are saved.
    """
    async with service_of(request).engine.connect() as connection:
        if request.method in READING_METHODS:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection
        await connection.commit()


# FastAPI runs what is not async in a thread, which costs more than all of these together.


async def moment() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC)


async def personal_data_of(request: Request) -> PersonalData:
    """The keys of personal data."""
    return service_of(request).personal_data


async def settings_of(request: Request) -> Settings:
    """The settings of this installation."""
    return service_of(request).settings


_Unconfined = Annotated[AsyncConnection, Depends(connection_of, scope="function")]
Now = Annotated[dt.datetime, Depends(moment)]
Keys = Annotated[PersonalData, Depends(personal_data_of)]
CurrentSettings = Annotated[Settings, Depends(settings_of)]


async def visitor(request: Request, connection: _Unconfined, now: Now) -> Actor | None:
    """Who asks: the account behind a bearer token or else behind the session cookie; None for anybody else."""
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        return await accounts.actor_of_token(connection, token=authorization[len(_BEARER) :].strip(), now=now)
    cookie = request.cookies.get(SESSION_COOKIE)
    return await accounts.actor_of_session(connection, token=cookie, now=now) if cookie else None


Visitor = Annotated[Actor | None, Depends(visitor)]


async def confined(connection: _Unconfined, visitor: Visitor) -> AsyncConnection:
    """The connection, which from here on sees the visitor's projects alone; without an account it sees none."""
    await see_only(connection, visitor.reach if visitor is not None else [])
    return connection


Connection = Annotated[AsyncConnection, Depends(confined, scope="function")]
