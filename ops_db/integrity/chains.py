"""Verifies the chains of tickets and of deeds, link by link, with nothing of the database but its rows.

A link is SHA-256 over the link before, the salted hash of the payload, and the columns. The triggers that write it can
be switched off by whoever owns the database, so it is reckoned anew here. The payload is hashed apart: should somebody
have a right to be forgotten, payload and salt can go, and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

_MOST_FINDINGS: Final = 200
_ROWS_AT_ONCE: Final = 10_000

_EVENTS: Final = """
    select id, ticket_id::text as chain, version as place,
           uuid_send(payload_salt) as salt, payload::text as content, payload_hash as content_hash, chain_hash,
           jsonb_build_array(ticket_id, version, kind, node_key, task_id, actor_kind, actor_id, staff_id,
                             (extract(epoch from occurred_at) * 1000000)::bigint)::text as header
      from ops.ticket_event {where} order by ticket_id, version
"""
_DEEDS: Final = """
    select id, stream as chain, position as place,
           uuid_send(detail_salt) as salt, detail::text as content, detail_hash as content_hash, chain_hash,
           jsonb_build_array(stream, position, actor_kind, actor_id, deed, object_kind, object_id,
                             (extract(epoch from done_at) * 1000000)::bigint)::text as header
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
        return _verify(iter(connection.execute(one, {"ticket_id": ticket_id})), "ticket_event")
    verified = _verify(_rows(connection, _EVENTS.format(where="")), "ticket_event")
    for row in connection.execute(_TAILS):
        sentence = f"The ticket stands at version {row.expected}, its log ends at {row.found}."
        verified.add(Finding("tail_missing", f"ticket {row.chain}", sentence))
    return verified


def verify_deeds(connection: Connection) -> Verified:
    """Every entry of the audit log."""
    return _verify(_rows(connection, _DEEDS), "audit_entry")


def _rows(connection: Connection, statement: str) -> Iterator[Any]:
    found = connection.execute(text(statement).execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE))
    # Without its size a partition of a text statement is everything at once: 3 GB for two million links.
    for rows in found.partitions(_ROWS_AT_ONCE):
        yield from rows


def _verify(rows: Iterator[Any], table: str) -> Verified:
    verified = Verified()
    chain, last, previous = None, 0, b""
    for id, of_chain, place, salt, content, content_hash, chain_hash, header in rows:
        if of_chain != chain:
            verified.chains += 1
            chain, last, previous = of_chain, 0, b""
        verified.links += 1
        where = f"{table} {id} ({chain}, {place})"
        if place != last + 1:
            sentence = f"Between {last} and {place} of this chain rows are missing."
            verified.add(Finding("rows_missing", where, sentence))
        if sha256(salt + content.encode()).digest() != content_hash:
            verified.add(Finding("content_changed", where, "What it says was changed after it was written."))
        if sha256(previous + content_hash + header.encode()).digest() != chain_hash:
            sentence = "The row was changed, or the one before it was, was moved or was removed."
            verified.add(Finding("link_broken", where, sentence))
        # Going on with what stands there names the broken link alone, and not all that follow it.
        last, previous = place, chain_hash
    return verified
