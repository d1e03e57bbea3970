"""SQL of webhooks."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_HORIZON = text("select pg_snapshot_xmin(pg_current_snapshot())::text")
_FAN_OUT = text("""
    with endpoint as (
        select id, project_id, event_kinds, created_at,
               case when cursor_xid > cast(:horizon as xid8) then '0'::xid8 else cursor_xid end as cursor_xid
          from ops.webhook_endpoint where disabled_at is null for update skip locked),
    moved as (
        update ops.webhook_endpoint set cursor_xid = cast(:horizon as xid8)
          from endpoint where endpoint.id = webhook_endpoint.id)
    insert into ops.webhook_delivery (endpoint_id, event_id, kind, body, next_attempt_at, created_at)
    select endpoint.id, event.id, event.kind,
           jsonb_build_object('type', replace(event.kind, ':', '.'), 'timestamp', event.occurred_at, 'data',
               jsonb_build_object('ticket_id', ticket.id, 'number', ticket.number, 'version', event.version,
                   'project_code', project.code, 'severity', ticket.severity, 'channel', ticket.channel,
                   'category_code', ticket.category_code, 'component_code', ticket.component_code,
                   'defect_code', ticket.defect_code, 'node_key', event.node_key, 'actor_kind', event.actor_kind,
                   'choice', event.payload -> 'choice', 'owner_status', event.payload -> 'owner_status')),
           cast(:now as timestamptz), cast(:now as timestamptz)
      from endpoint
      join ops.ticket_event as event
        on event.changed_xid >= endpoint.cursor_xid and event.changed_xid < cast(:horizon as xid8)
       and event.occurred_at >= endpoint.created_at - interval '1 minute'
       and (cardinality(endpoint.event_kinds) = 0 or event.kind = any(endpoint.event_kinds))
      join ops.ticket on ticket.id = event.ticket_id
       and (endpoint.project_id is null or endpoint.project_id = ticket.project_id)
      join ops.project on project.id = ticket.project_id
     order by event.id
    on conflict (endpoint_id, event_id) do nothing
""")
_DUE_ENDPOINTS = text("""
    select endpoint.id, endpoint.url, endpoint.secret_ciphertext
      from ops.webhook_endpoint as endpoint
     where endpoint.disabled_at is null and exists (
        select from ops.webhook_delivery where endpoint_id = endpoint.id and state = 'waiting')
     order by endpoint.id
""")
_CLAIM = text("""
    with head as (
        select id from ops.webhook_delivery
         where endpoint_id = :endpoint_id and state = 'waiting' order by position limit 1 for update skip locked)
    update ops.webhook_delivery
       set attempt_count = attempt_count + 1, leased_until = cast(:until as timestamptz),
           first_attempt_at = coalesce(first_attempt_at, :now)
      from head
     where webhook_delivery.id = head.id and next_attempt_at <= :now and (leased_until is null or leased_until <= :now)
    returning webhook_delivery.id, kind, body, attempt_count, first_attempt_at
""")
_END = text("""
    update ops.webhook_delivery
       set state = :state, next_attempt_at = cast(:next_attempt_at as timestamptz), leased_until = null,
           ended_at = case when :state = 'waiting' then null else cast(:now as timestamptz) end,
           last_status = :last_status, last_words = :last_words
     where id = :id and attempt_count = :attempt_count and state = 'waiting'
""")
_SUCCEEDED = text("update ops.webhook_endpoint set failing_since = null where id = :id and failing_since is not null")
_FAILED = text("""
    update ops.webhook_endpoint set failing_since = coalesce(failing_since, :now) where id = :id
    returning failing_since, name, created_by
""")
_DISABLE = text("""
    update ops.webhook_endpoint set disabled_at = :now, disabled_reason = :reason
     where id = :id and disabled_at is null returning name
""")
_ENABLE = text("""
    update ops.webhook_endpoint set disabled_at = null, disabled_reason = null, failing_since = null where id = :id
""")
_ENDPOINTS = text("""
    select endpoint.id, endpoint.name, endpoint.url, endpoint.event_kinds, endpoint.failing_since,
           endpoint.disabled_at, endpoint.disabled_reason, endpoint.created_at, project.code as project_code,
           project.name as project_name,
           count(*) filter (where delivery.state = 'waiting') as waiting_count,
           count(*) filter (where delivery.state = 'delivered') as delivered_count,
           count(*) filter (where delivery.state = 'dead') as dead_count
      from ops.webhook_endpoint as endpoint
      left join ops.project on project.id = endpoint.project_id
      left join ops.webhook_delivery as delivery on delivery.endpoint_id = endpoint.id
     where cast(:id as uuid) is null or endpoint.id = :id
     group by endpoint.id, project.id order by endpoint.name
""")
_ADD_ENDPOINT = text("""
    insert into ops.webhook_endpoint (name, url, secret_ciphertext, event_kinds, project_id, created_by, created_at)
    values (:name, :url, :secret, :event_kinds, :project_id, :created_by, :now) returning id
""")
_REMOVE_ENDPOINT = text("""
    with gone as (delete from ops.webhook_delivery where endpoint_id = :id)
    delete from ops.webhook_endpoint where id = :id returning name
""")
_SET_SECRET = text("update ops.webhook_endpoint set secret_ciphertext = :secret where id = :id")
_ADD_TEST = text("""
    insert into ops.webhook_delivery (endpoint_id, kind, body, next_attempt_at, created_at)
    values (:endpoint_id, 'test:ping', cast(:body as jsonb), :now, :now)
""")
_DELIVERIES = text("""
    select id, kind, state, body::text as body, attempt_count, created_at, first_attempt_at, next_attempt_at, ended_at,
           last_status, last_words
      from ops.webhook_delivery where endpoint_id = :id and (:state = '' or state = :state)
     order by position desc limit 100
""")
_REPLAY = text("""
    update ops.webhook_delivery
       set state = 'waiting', attempt_count = 0, first_attempt_at = null, ended_at = null, next_attempt_at = :now
     where endpoint_id = :endpoint_id and state <> 'waiting'
       and (id = :id or cast(:id as uuid) is null and state = 'dead')
""")
_SOURCES = text("""
    select source.id, source.key, source.name, source.is_active, source.created_at, project.code as project_code,
           project.name as project_name,
           (select count(*) from ops.webhook_message where source_id = source.id) as message_count
      from ops.webhook_source as source left join ops.project on project.id = source.project_id order by source.key
""")
_SOURCE = text("""
    select id, key, name, secret_ciphertext, project_id from ops.webhook_source where key = :key and is_active
""")
_ADD_SOURCE = text("""
    insert into ops.webhook_source (key, name, secret_ciphertext, project_id, created_by, created_at)
    values (:key, :name, :secret, :project_id, :created_by, :now) on conflict (key) do nothing returning id
""")
_SWITCH_SOURCE = text("update ops.webhook_source set is_active = :is_active where id = :id returning key")
_WAIT_FOR_MESSAGE = text("select pg_advisory_xact_lock(hashtextextended(:source || ' ' || :message_id, 1))")
_MESSAGE = text("""
    select body_hash, ticket_number from ops.webhook_message where source_id = :source_id and message_id = :message_id
""")
_ADD_MESSAGE = text("""
    insert into ops.webhook_message (source_id, message_id, body_hash, kind, ticket_number, received_at)
    values (:source_id, :message_id, :body_hash, :kind, :ticket_number, :now)
""")


async def fan_out(connection: AsyncConnection, *, now: dt.datetime) -> int:
    """Make a delivery of every settled event for every endpoint that wants it; how many were made."""
    horizon: str = (await connection.execute(_HORIZON)).scalar_one()
    return (await connection.execute(_FAN_OUT, {"horizon": horizon, "now": now})).rowcount


async def due_endpoints(connection: AsyncConnection) -> list[Row[Any]]:
    """Endpoints for which something waits."""
    return list((await connection.execute(_DUE_ENDPOINTS)).all())


async def claim(
    connection: AsyncConnection, *, endpoint_id: UUID, now: dt.datetime, until: dt.datetime
) -> Row[Any] | None:
    """The first message that waits for an endpoint, if it is due and nobody else is at it."""
    values = {"endpoint_id": endpoint_id, "now": now, "until": until}
    return (await connection.execute(_CLAIM, values)).one_or_none()


async def end_attempt(connection: AsyncConnection, **values: Any) -> None:
    """Write down how an attempt ended, unless a later one has begun."""
    await connection.execute(_END, values)


async def succeeded(connection: AsyncConnection, *, id: UUID) -> None:
    """An endpoint answers."""
    await connection.execute(_SUCCEEDED, {"id": id})


async def failed(connection: AsyncConnection, *, id: UUID, now: dt.datetime) -> Row[Any]:
    """An endpoint does not; since when, and whose it is."""
    return (await connection.execute(_FAILED, {"id": id, "now": now})).one()


async def disable(connection: AsyncConnection, *, id: UUID, reason: str, now: dt.datetime) -> Row[Any] | None:
    """Send nothing there any more; None if nothing was sent already."""
    return (await connection.execute(_DISABLE, {"id": id, "reason": reason, "now": now})).one_or_none()


async def enable(connection: AsyncConnection, *, id: UUID) -> None:
    """Send again, what happened meanwhile included."""
    await connection.execute(_ENABLE, {"id": id})


async def endpoints(connection: AsyncConnection, *, id: UUID | None = None) -> list[Row[Any]]:
    """Endpoints with how much waits, went and is dead."""
    return list((await connection.execute(_ENDPOINTS, {"id": id})).all())


async def add_endpoint(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep an endpoint."""
    id: UUID = (await connection.execute(_ADD_ENDPOINT, values)).scalar_one()
    return id


async def remove_endpoint(connection: AsyncConnection, *, id: UUID) -> str | None:
    """Forget an endpoint and its deliveries; its name."""
    return (await connection.execute(_REMOVE_ENDPOINT, {"id": id})).scalar_one_or_none()


async def set_secret(connection: AsyncConnection, *, id: UUID, secret: bytes) -> None:
    """Sign with another key from now on."""
    await connection.execute(_SET_SECRET, {"id": id, "secret": secret})


async def add_test(connection: AsyncConnection, *, endpoint_id: UUID, body: str, now: dt.datetime) -> None:
    """Queue a message that tells of nothing."""
    await connection.execute(_ADD_TEST, {"endpoint_id": endpoint_id, "body": body, "now": now})


async def deliveries(connection: AsyncConnection, *, id: UUID, state: str = "") -> list[Row[Any]]:
    """The newest hundred messages to an endpoint."""
    return list((await connection.execute(_DELIVERIES, {"id": id, "state": state})).all())


async def replay(connection: AsyncConnection, *, endpoint_id: UUID, id: UUID | None, now: dt.datetime) -> int:
    """Let a message wait again, or all dead ones; how many do."""
    values = {"endpoint_id": endpoint_id, "id": id, "now": now}
    return (await connection.execute(_REPLAY, values)).rowcount


async def sources(connection: AsyncConnection) -> list[Row[Any]]:
    """Systems whose messages are taken."""
    return list((await connection.execute(_SOURCES)).all())


async def source(connection: AsyncConnection, *, key: str) -> Row[Any] | None:
    """A system whose messages are taken, with its key."""
    return (await connection.execute(_SOURCE, {"key": key})).one_or_none()


async def add_source(connection: AsyncConnection, **values: Any) -> UUID | None:
    """Keep a source; None if its address is taken."""
    return (await connection.execute(_ADD_SOURCE, values)).scalar_one_or_none()


async def switch_source(connection: AsyncConnection, *, id: UUID, is_active: bool) -> str | None:
    """Take messages or not; the key of the source."""
    return (await connection.execute(_SWITCH_SOURCE, {"id": id, "is_active": is_active})).scalar_one_or_none()


async def message(connection: AsyncConnection, *, source_id: UUID, message_id: str) -> Row[Any] | None:
    """What became of a message, once nobody else is at it."""
    await connection.execute(_WAIT_FOR_MESSAGE, {"source": str(source_id), "message_id": message_id})
    return (await connection.execute(_MESSAGE, {"source_id": source_id, "message_id": message_id})).one_or_none()


async def add_message(connection: AsyncConnection, **values: Any) -> None:
    """Write down what became of a message."""
    await connection.execute(_ADD_MESSAGE, values)
