"""Who should go for a ticket: the rule that decides, and the technicians of its crew in order with their reasons."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.work_vocabulary import CrewSource, DispatchMode
from ops_db.dispatch import repository
from ops_db.dispatch.ranking import Candidate, Engagement, Job, Suggestion, ranked
from ops_db.dispatch.rules import Circumstances, Rule, Verdict, chosen_rule, verdicts
from ops_db.dispatch.shifts import Absence, Roster, ShiftRow
from ops_db.tickets import promises
from ops_db.warranty.service import Warranty, judged

_READ_AGAIN_AFTER_SECONDS: Final = 30.0
_USUAL_VISIT: Final = dt.timedelta(hours=2)
_DAY: Final = dt.timedelta(days=1)

_known: WeakKeyDictionary[AsyncEngine, tuple[float, tuple[Rule, ...]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Plan:
    """What dispatch proposes: `rule` is None where the desk decides alone, among all who serve the project."""

    rule: Rule | None
    crew_id: UUID | None
    suggestions: list[Suggestion]
    circumstances: Circumstances
    warranty: Warranty
    job: Job

    @property
    def mode(self) -> DispatchMode:
        """How the ticket finds its technician."""
        return self.rule.mode if self.rule else DispatchMode.SUGGEST

    @property
    def best(self) -> Suggestion | None:
        """Who should go: the first who may be sent without a second look."""
        return next((one for one in self.suggestions if one.is_fit), None)


async def plan_for(
    connection: AsyncConnection,
    ticket_id: UUID,
    *,
    now: dt.datetime,
    window: tuple[dt.datetime, dt.datetime] | None = None,
) -> Plan:
    """The plan for a ticket; `window` is when somebody should be there, else what is promised, else as soon as work."""
    row = await repository.of_ticket(connection, id=ticket_id)
    if window is None and row.promised:
        start, end = (dt.datetime.fromisoformat(moment) for moment in row.promised)
        window = (start, end) if end > now else None
    return await plan_of(
        connection,
        row,
        severity=row.severity,
        defect_code=row.defect_code,
        reported_at=row.reported_at,
        now=now,
        window=window,
        ticket_id=ticket_id,
    )


async def plan_of(
    connection: AsyncConnection,
    row: Row[Any],
    *,
    severity: str,
    reported_at: dt.datetime,
    now: dt.datetime,
    defect_code: str | None = None,
    window: tuple[dt.datetime, dt.datetime] | None = None,
    ticket_id: UUID | None = None,
) -> Plan:
    """The plan for a place with a fault, `row` being one of `repository.of_ticket` or `of_try`."""
    circumstances, warranty = await circumstances_of(
        connection, row, severity=severity, defect_code=defect_code, reported_at=reported_at
    )
    rule = chosen_rule(await rules(connection), circumstances)
    crew_id = rule.crew_for(circumstances) if rule else None
    start, end = window or await _next_window(connection, row, now)
    zone = ZoneInfo(row.timezone)
    local = start.astimezone(zone)
    job = Job(
        project_id=row.project_id,
        building_id=row.building_id,
        trade=row.trade,
        starts_at=local,
        ends_at=end.astimezone(zone),
    )
    midnight = dt.datetime.combine(local.date(), dt.time(), zone)
    rows = await repository.candidates(
        connection,
        project_id=row.project_id,
        crew_id=crew_id,
        on_date=local.date(),
        day_from=midnight,
        day_to=midnight + _DAY,
        ticket_id=ticket_id,
    )
    suggestions = ranked((_candidate(one, zone) for one in rows), job)
    return Plan(rule, crew_id, suggestions, circumstances, warranty, job)


async def _next_window(connection: AsyncConnection, row: Row[Any], now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From when somebody next works on."""
    start = (await promises.working_time(connection, row.calendar_code)).add(now, 0)
    return start, start + _USUAL_VISIT


async def circumstances_of(
    connection: AsyncConnection,
    row: Row[Any],
    *,
    severity: str,
    reported_at: dt.datetime,
    defect_code: str | None = None,
) -> tuple[Circumstances, Warranty]:
    """What rules look at, and the clocks behind it."""
    warranty = await judged(
        connection,
        row,
        category_code=row.category_code,
        component_code=row.component_code,
        defect_code=defect_code,
        reported_at=reported_at,
    )
    circumstances = Circumstances(
        project_id=row.project_id,
        area_id=row.area_id,
        category_code=row.category_code,
        component_code=row.component_code,
        severity=severity,
        is_public_area=row.unit_id is None,
        is_in_owner_warranty=warranty.owner.is_in_warranty,
        is_in_contractor_warranty=warranty.contractor.is_in_warranty,
        builder_crew_id=row.builder_crew_id,
    )
    return circumstances, warranty


async def rules(connection: AsyncConnection) -> tuple[Rule, ...]:
    """The rules in order. A change counts within half a minute elsewhere, at once where it was made."""
    read_at, known = _known.get(connection.engine, (0.0, ()))
    if not read_at or time.monotonic() - read_at > _READ_AGAIN_AFTER_SECONDS:
        known = await fresh_rules(connection)
        _known[connection.engine] = (time.monotonic(), known)
    return known


async def fresh_rules(connection: AsyncConnection) -> tuple[Rule, ...]:
    """The rules as they stand in the database now."""
    return tuple(_rule(row) for row in await repository.rules(connection))


def forget_rules(connection: AsyncConnection) -> None:
    """Read the rules again before they are next used."""
    _known.pop(connection.engine, None)


def held_against(rules: tuple[Rule, ...], plan: Plan) -> list[Verdict]:
    """Every rule with why it does not fit."""
    return list(verdicts(rules, plan.circumstances))


def _rule(row: Row[Any]) -> Rule:
    values = row._asdict()
    return Rule(**values | {"crew_source": CrewSource(row.crew_source), "mode": DispatchMode(row.mode)})


def _candidate(row: Row[Any], zone: ZoneInfo) -> Candidate:
    return Candidate(
        staff_id=row.id,
        name=row.name,
        crew_id=row.crew_id,
        crew_name=row.crew_name,
        trades=frozenset(row.trades),
        open_count=row.open_count,
        roster=Roster(
            tuple(
                ShiftRow(weekday, dt.date.fromisoformat(day) if day else None, start, end)
                for weekday, day, start, end in row.shifts
            ),
            tuple(
                Absence(dt.date.fromisoformat(since), dt.date.fromisoformat(until), reason)
                for since, until, reason in row.absences
            ),
        ),
        engagements=tuple(
            Engagement(UUID(project), UUID(building) if building else None, _local(start, zone), _local(end, zone))
            for project, building, start, end in row.engagements
        ),
    )


def _local(moment: str | None, zone: ZoneInfo) -> dt.datetime | None:
    return dt.datetime.fromisoformat(moment).astimezone(zone) if moment else None
