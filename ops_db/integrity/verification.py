"""Everything that can be verified, in one look; and the anchoring that the worker and the command share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from core.settings import Settings
from ops_db.engine import command_engine
from ops_db.integrity import anchors, chains
from ops_db.integrity.anchors import Anchor, AnchorsUnreadable
from ops_db.integrity.chains import Finding


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what is not as it was written."""

    links: int
    chains: int
    anchors: int
    finding_count: int
    findings: tuple[Finding, ...]


def verify_all(settings: Settings, url: str) -> Verification:
    """Chains of tickets, chains of deeds, and the anchors, all of one snapshot."""
    engine = command_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        return verify(connection, settings)


def verify(connection: Connection, settings: Settings) -> Verification:
    """The same with a connection whose transaction sees one snapshot."""
    tickets, deeds = chains.verify_tickets(connection), chains.verify_deeds(connection)
    findings = [*tickets.findings, *deeds.findings]
    count = tickets.finding_count + deeds.finding_count
    known: list[Anchor] = []
    try:
        known = anchors.read(anchors.file_of(settings))
        against_anchors = anchors.verify(connection, known)
    except AnchorsUnreadable as error:
        against_anchors = [Finding("anchors_changed", str(anchors.file_of(settings)), str(error))]
    return Verification(
        links=tickets.links + deeds.links,
        chains=tickets.chains + deeds.chains,
        anchors=len(known),
        finding_count=count + len(against_anchors),
        findings=(*findings, *against_anchors),
    )


def anchor_now(settings: Settings, url: str, *, now: dt.datetime, reason: str = "") -> list[Anchor]:
    """Anchor what was settled since the last time."""
    engine = command_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        return anchors.add(connection, anchors.file_of(settings), now=now, reason=reason)
