"""Telling other systems: each message is sent until it is taken, in order, for three days.

The log of events is the outbox: deliveries are made of settled events, below the transaction horizon, so a business
transaction pays nothing and none is lost. Between claiming a message and writing down its end no transaction is open;
whoever is killed in between leaves a lease behind, and the message goes out again under the same id.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from standardwebhooks import Webhook

from core.vocabulary import DeliveryState, Permission, Term
from ops_db import audit
from ops_db.actor import SYSTEM
from ops_db.notices import repository as notices
from ops_db.personal_data import PersonalData
from ops_db.webhooks import repository
from ops_db.webhooks.outbound import Reply

TRIED_FOR: Final = dt.timedelta(hours=72)
GIVEN_UP_AFTER: Final = dt.timedelta(days=5)
WAITS: Final = tuple(
    dt.timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600)
)
"""How long after the first, the second … failure; after that always the last."""
_LEASE: Final = dt.timedelta(seconds=60)
_MOST_IN_A_ROW: Final = 200
_SIDE_BY_SIDE: Final = 8
_GONE: Final = 410


class OffReason(Term):
    """Why a receiver is switched off without anybody doing it."""

    GONE = "gone", "接收方答复已永久停用（410）。", "The receiver says that it is gone for good (410)."
    SILENT = "silent", "接收方已连续五天没有应答。", "It has not answered for five days."


Send = Callable[[str, bytes, dict[str, str]], Awaitable[Reply]]


@dataclass(slots=True)
class Delivered:
    """What one look at the queue did."""

    made: int = 0
    taken: int = 0
    failed: int = 0
    dead: int = 0


async def deliver_due(
    engine: AsyncEngine,
    *,
    send: Send,
    personal_data: PersonalData,
    clock: Callable[[], dt.datetime],
    stop: asyncio.Event | None = None,
) -> Delivered:
    """Make deliveries of what has happened, and send what is due; endpoints side by side, each in its own order."""
    found = Delivered()
    async with engine.begin() as connection:
        found.made = await repository.fan_out(connection, now=clock())
    async with engine.connect() as connection:
        endpoints = await repository.due_endpoints(connection)
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def serve(endpoint: Row[Any]) -> None:
        async with gate:
            for _ in range(_MOST_IN_A_ROW):
                if stop is not None and stop.is_set():
                    return
                if not await _send_next(engine, endpoint, found, send=send, personal_data=personal_data, clock=clock):
                    return

    await asyncio.gather(*map(serve, endpoints))
    return found


async def _send_next(
    engine: AsyncEngine,
    endpoint: Row[Any],
    found: Delivered,
    *,
    send: Send,
    personal_data: PersonalData,
    clock: Callable[[], dt.datetime],
) -> bool:
    """Send the first message that waits; whether the next one may follow at once."""
    now = clock()
    async with engine.begin() as connection:
        message = await repository.claim(connection, endpoint_id=endpoint.id, now=now, until=now + _LEASE)
    if message is None:
        return False
    content = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
    secret = personal_data.decrypt(endpoint.secret_ciphertext)
    reply = await send(endpoint.url, content, signed_headers(secret, message.id, content, now))
    async with engine.begin() as connection:
        now = clock()
        if reply.is_taken:
            found.taken += 1
            await _end(connection, message, DeliveryState.DELIVERED, reply, now=now)
            await repository.succeeded(connection, id=endpoint.id)
            return True
        found.failed += 1
        state, next_attempt_at = next_step(message.attempt_count, message.first_attempt_at, now)
        found.dead += state == DeliveryState.DEAD
        await _end(connection, message, state, reply, now=now, next_attempt_at=next_attempt_at)
        failing = await repository.failed(connection, id=endpoint.id, now=now)
        if reply.status == _GONE:
            await switch_off(connection, endpoint.id, OffReason.GONE, now=now)
        elif now - failing.failing_since >= GIVEN_UP_AFTER:
            await switch_off(connection, endpoint.id, OffReason.SILENT, now=now)
        return state == DeliveryState.DEAD


def next_step(attempt_count: int, first_attempt_at: dt.datetime, now: dt.datetime) -> tuple[DeliveryState, dt.datetime]:
    """Whether a message that failed waits, and until when, or is dead."""
    wait = WAITS[min(attempt_count, len(WAITS)) - 1]
    last = first_attempt_at + TRIED_FOR
    if now >= last:
        return DeliveryState.DEAD, now
    return DeliveryState.WAITING, min(now + wait, last)


def signed_headers(secret: str, id: UUID, content: bytes, now: dt.datetime) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    signature = Webhook(secret).sign(msg_id=str(id), timestamp=now, data=content.decode())
    return {
        "content-type": "application/json",
        "user-agent": "Anju-Webhooks/1",
        "webhook-id": str(id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


async def switch_off(connection: AsyncConnection, id: UUID, reason: OffReason, *, now: dt.datetime) -> None:
    """Send nothing there any more; audit log, page and doctor show it, and whoever keeps integrations is told."""
    off = await repository.disable(connection, id=id, reason=reason.en, now=now)
    if off is None:
        return
    await audit.note(
        connection,
        actor=SYSTEM,
        deed="webhook:switch_off",
        now=now,
        object_kind="webhook_endpoint",
        object_id=id,
        detail={"reason": reason.en},
    )
    await notices.tell_holders(
        connection,
        permission=Permission.WEBHOOK_MANAGE.value,
        link=f"/manage/webhooks/{id}",
        title_zh=f"推送已停用：{off.name}",
        title_en=f"Integration switched off: {off.name}",
        body_zh=f"{reason.zh}期间的消息会保留，重新启用后补发。",
        body_en=f"{reason.en} What happens meanwhile is kept, and sent once it is switched on again.",
        now=now,
    )


async def _end(
    connection: Any,
    message: Row[Any],
    state: DeliveryState,
    reply: Reply,
    *,
    now: dt.datetime,
    next_attempt_at: dt.datetime | None = None,
) -> None:
    await repository.end_attempt(
        connection,
        id=message.id,
        attempt_count=message.attempt_count,
        state=state.value,
        next_attempt_at=next_attempt_at or now,
        now=now,
        last_status=reply.status,
        last_words=reply.words,
    )
