"""What a process may know of dispatch: how and to which crew a rule sends the ticket, and who of it fits best."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.dispatch import repository
from ops_db.dispatch.rules import chosen_rule
from ops_db.dispatch.suggesting import circumstances_of, plan_of, rules
from ops_db.tickets.subject import Subject

RULE_FACTS: Final = frozenset({"dispatch_mode", "dispatch_crew_id"})
PERSON_FACTS: Final = frozenset({"dispatch_technician_id"})


async def facts_of_rules(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    """How, and to which crew; nothing where no rule is kept or none fits, and then nothing is looked up either."""
    kept = await rules(connection)
    if not kept:
        return {}
    circumstances, _ = await circumstances_of(
        connection,
        await _place(connection, subject),
        severity=subject.severity,
        defect_code=subject.defect_code,
        reported_at=subject.reported_at,
    )
    rule = chosen_rule(kept, circumstances)
    if rule is None:
        return {}
    crew_id = rule.crew_for(circumstances)
    return {"dispatch_mode": rule.mode.value, "dispatch_crew_id": str(crew_id) if crew_id else None}


async def facts_of_person(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    """Who fits best now; nobody where none may be sent without a second look."""
    plan = await plan_of(
        connection,
        await _place(connection, subject),
        severity=subject.severity,
        defect_code=subject.defect_code,
        reported_at=subject.reported_at,
        # Facts are those of this moment, like the loads and the roster they are made of.
        now=dt.datetime.now(dt.UTC),
        ticket_id=subject.ticket_id,
    )
    best = plan.best
    return {"dispatch_technician_id": str(best.candidate.staff_id)} if best else {}


async def _place(connection: AsyncConnection, subject: Subject) -> Row[Any]:
    return await repository.of_subject(
        connection,
        project_id=subject.project_id,
        building_id=subject.building_id,
        unit_id=subject.unit_id,
        component_code=subject.component_code,
        category_code=subject.category_code,
    )
