"""The Idempotency-Key of a write: the first answer is kept with the work, and given again to whoever repeats it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.idempotency import service as idempotency
from ops_db.personal_data import PersonalData

_PATTERN = r"^[\x21-\x7e]{8,200}$"
_MEANING = "Chosen by the client, new for each new request; a repeated request with the same key changes nothing more."

RequiredKey = Annotated[str, Header(alias="Idempotency-Key", pattern=_PATTERN, description=_MEANING)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=_PATTERN, description=_MEANING)]


async def answered_once(
    connection: AsyncConnection,
    work: Callable[[], Awaitable[BaseModel]],
    *,
    actor: Actor,
    key: str | None,
    request: BaseModel,
    now: dt.datetime,
    keys: PersonalData,
    status: int = 200,
    scope: str = "",
) -> Response:
    """The answer of `work`, done at most once for a key; `scope` is what the address adds to the request.

    Raises KeyReused, KeyInFlight, and whatever `work` raises; an error is not kept.
    """
    if key is None:
        answer = await work()
        return _response(answer.model_dump_json(), status)
    fingerprint = idempotency.request_hash(work.__qualname__, scope, request.model_dump_json())
    kept = await idempotency.claim(connection, actor=actor, key=key, request_hash=fingerprint, personal_data=keys)
    if kept is not None:
        return _response(kept.answer_json, kept.status, replayed="true")
    answer_json = (await work()).model_dump_json()
    await idempotency.keep(
        connection,
        actor=actor,
        key=key,
        request_hash=fingerprint,
        status=status,
        answer_json=answer_json,
        now=now,
        personal_data=keys,
    )
    return _response(answer_json, status)


def _response(body: str, status: int, replayed: str = "false") -> Response:
    return Response(body, status_code=status, media_type="application/json", headers={"Idempotency-Replayed": replayed})
