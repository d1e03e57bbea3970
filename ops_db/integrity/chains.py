"""Verifies the chains of tickets and of deeds, link by link, with nothing of the database but its rows.

A link is SHA-256 over the link before, the salted hash of the payload, and the columns. The triggers that write it can
be switched off by whoever owns the database, so it is reckoned anew here. The payload is hashed apart: should somebody
have a right to be forgotten, payload and salt can go, and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

_MOST_FINDINGS: Final = 200
_ROWS_AT_ONCE: Final = 10_000

_EVENTS: Final = """
    select id, ticket_id::text as chain, version as place,
           payload_salt::text as salt, payload::text as content, payload_hash as content_hash, chain_hash,
           array[kind, node_key, task_id::text, actor_kind, actor_id::text, staff_id::text,
                 (extract(epoch from occurred_at) * 1000000)::bigint::text] as columns
      from ops.ticket_event {where} order by ticket_id, version
"""
_DEEDS: Final = """
    select id, stream as chain, position as place,
           detail_salt::text as salt, detail::text as content, detail_hash as content_hash, chain_hash,
           array[actor_kind, actor_id::text, deed, object_kind, object_id::text,
                 (extract(epoch from done_at) * 1000000)::bigint::text] as columns
      from ops.audit_entry order by stream, position
"""
_TAILS: Final = text("""
    select ticket.id::text as chain, ticket.version as expected, coalesce(last.version, 0) as found
      from ops.ticket
      left join (select ticket_id, max(version) as version from ops.ticket_event group by ticket_id) as last
        on last.ticket_id = ticket.id
     where last.version is distinct from ticket.version and (last.version is not null or ticket.source_system is null)
     limit 200
""")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written; `kind` is stable, `where` names the row, `sentence` says what."""

    kind: str
    where: str
    sentence: str


@dataclass(slots=True)
class Verified:
    """What was looked at and what was found; at most some hundred findings are kept, all are counted."""

    links: int = 0
    chains: int = 0
    finding_count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep a finding."""
        self.finding_count += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)


def verify_tickets(connection: Connection, *, ticket_id: UUID | None = None) -> Verified:
    """Every event of every ticket, or of one: none changed, none missing within, none cut off at the end."""
    if ticket_id is not None:
        one = text(_EVENTS.format(where="where ticket_id = :ticket_id"))
        return _verify(iter(connection.execute(one, {"ticket_id": ticket_id})), "ticket_event", _header_of_event)
    verified = _verify(_rows(connection, _EVENTS.format(where="")), "ticket_event", _header_of_event)
    for row in connection.execute(_TAILS):
        sentence = f"The ticket stands at version {row.expected}, its log ends at {row.found}."
        verified.add(Finding("tail_missing", f"ticket {row.chain}", sentence))
    return verified


def verify_deeds(connection: Connection) -> Verified:
    """Every entry of the audit log."""
    return _verify(_rows(connection, _DEEDS), "audit_entry", _header_of_deed)


def _rows(connection: Connection, statement: str) -> Iterator[Any]:
    found = connection.execute(text(statement).execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE))
    for rows in found.partitions():
        yield from rows


def _header_of_event(row: Any) -> bytes:
    kind, node_key, task_id, actor_kind, actor_id, staff_id, at = row.columns
    header = [row.chain, row.place, kind, node_key, task_id, actor_kind, actor_id, staff_id, int(at)]
    return json.dumps(header, ensure_ascii=False).encode()


def _header_of_deed(row: Any) -> bytes:
    actor_kind, actor_id, deed, object_kind, object_id, at = row.columns
    header = [row.chain, row.place, actor_kind, actor_id, deed, object_kind, object_id, int(at)]
    return json.dumps(header, ensure_ascii=False).encode()


def _verify(rows: Iterator[Any], table: str, header_of: Any) -> Verified:
    verified = Verified()
    chain, place, previous = None, 0, b""
    for row in rows:
        if row.chain != chain:
            verified.chains += 1
            chain, place, previous = row.chain, 0, b""
        verified.links += 1
        where = f"{table} {row.id} ({row.chain}, {row.place})"
        if row.place != place + 1:
            sentence = f"Between {place} and {row.place} of this chain rows are missing."
            verified.add(Finding("rows_missing", where, sentence))
        content = hashlib.sha256(UUID(row.salt).bytes + row.content.encode()).digest()
        if content != row.content_hash:
            verified.add(Finding("content_changed", where, "What it says was changed after it was written."))
        if hashlib.sha256(previous + row.content_hash + header_of(row)).digest() != row.chain_hash:
            sentence = "The row was changed, or the one before it was, was moved or was removed."
            verified.add(Finding("link_broken", where, sentence))
        # Going on with what stands there names the broken link alone, and not all that follow it.
        place, previous = row.place, row.chain_hash
    return verified
