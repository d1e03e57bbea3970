"""The warranty of a ticket, and the terms an installation keeps."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.vocabulary import CostPayer, Permission
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.warranty import repository
from ops_db.warranty.clocks import Fault, Judgement, Term, judge

FACT_NAMES: Final = frozenset(
    {
        "is_in_owner_warranty",
        "is_in_contractor_warranty",
        "owner_warranty_days_left",
        "contractor_warranty_days_left",
    }
)
"""What a process may ask about; absent where it cannot be said."""

_READ_AGAIN_AFTER_SECONDS: Final = 60.0

_known: WeakKeyDictionary[AsyncEngine, tuple[float, tuple[Term, ...]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Warranty:
    """Both clocks of one ticket."""

    owner: Judgement
    contractor: Judgement
    builder_id: UUID | None = None
    builder_name: str | None = None

    @property
    def payer(self) -> CostPayer | None:
        """Who should bear a cost: the builder while its clock runs, else the developer while the owner's runs.

        Once neither runs the owner pays; None where the owner's clock cannot be read, so that somebody must decide.
        """
        if self.contractor.is_in_warranty and self.builder_id is not None:
            return CostPayer.CONTRACTOR
        if self.owner.is_in_warranty:
            return CostPayer.DEVELOPER
        return CostPayer.OWNER if self.owner.is_in_warranty is False else None


async def warranty_of(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    building_id: UUID | None,
    unit_id: UUID | None,
    category_code: str | None,
    component_code: str | None,
    reported_at: dt.datetime,
    defect_code: str | None = None,
    ticket_id: UUID | None = None,
) -> Warranty:
    """Both clocks on the day something was reported; `ticket_id` may stand for the defect."""
    row = await repository.starts(
        connection,
        project_id=project_id,
        building_id=building_id,
        unit_id=unit_id,
        component_code=component_code,
        defect_code=defect_code,
        ticket_id=ticket_id,
    )
    warranty = await judged(
        connection,
        row,
        category_code=category_code,
        component_code=component_code,
        defect_code=row.defect_code,
        reported_at=reported_at,
    )
    return replace(warranty, builder_id=row.builder_id, builder_name=row.builder_name)


async def judged(
    connection: AsyncConnection,
    row: Row[Any],
    *,
    category_code: str | None,
    component_code: str | None,
    defect_code: str | None,
    reported_at: dt.datetime,
) -> Warranty:
    """Both clocks of a place whose trade, zone and first days are known already."""
    terms = await _terms(connection)
    fault = Fault(trade=row.trade, category_code=category_code, component_code=component_code, defect_code=defect_code)
    on = reported_at.astimezone(ZoneInfo(row.timezone)).date()
    return Warranty(
        owner=judge(WarrantyClock.OWNER, fault, start=row.handover_date, on=on, terms=terms),
        contractor=judge(WarrantyClock.CONTRACTOR, fault, start=row.completion_acceptance_date, on=on, terms=terms),
    )


def facts_of(warranty: Warranty) -> Mapping[str, Any]:
    """The clocks as a process knows them."""
    facts = {
        "is_in_owner_warranty": warranty.owner.is_in_warranty,
        "is_in_contractor_warranty": warranty.contractor.is_in_warranty,
        "owner_warranty_days_left": warranty.owner.days_left,
        "contractor_warranty_days_left": warranty.contractor.days_left,
    }
    return {name: value for name, value in facts.items() if value is not None}


async def named_terms(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Every term with the names of its scope."""
    actor.require(Permission.WARRANTY_MANAGE)
    return await repository.named_terms(connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerm:
    """A term that holds for clocks that start on `valid_from` or later."""

    clock: WarrantyClock
    valid_from: dt.date
    trade: str | None = None
    category_code: str | None = None
    component_code: str | None = None
    defect_code: str | None = None
    month_count: int | None = None
    season_count: int | None = None
    season: WarrantySeason | None = None
    note: str = ""


async def add_term(connection: AsyncConnection, new: NewTerm, *, actor: Actor, now: dt.datetime) -> int:
    """Keep a term beside those that hold already; raises InvalidInput that names the field.

    A term holds in every project, so it takes a permission that does too.
    """
    actor.require_everywhere(Permission.WARRANTY_MANAGE)
    scopes = (new.trade, new.category_code, new.component_code, new.defect_code)
    if sum(scope is not None for scope in scopes) != 1:
        raise InvalidInput("Say for what: one trade, one category, one component or one defect.", fields=("scope",))
    if (new.month_count is None) == (new.season_count is None):
        raise InvalidInput("Say how long: a number of months, or of seasons.", fields=("length",))
    if not 1 <= (new.month_count or new.season_count or 0) <= (1200 if new.month_count else 20):
        raise InvalidInput("A warranty has between 1 and 1200 months, or between 1 and 20 seasons.", fields=("length",))
    if not new.note.strip():
        raise InvalidInput("Say where the term is written, so that somebody can check it.", fields=("note",))
    values = {
        "clock": new.clock.value,
        "trade": new.trade,
        "category_code": new.category_code,
        "component_code": new.component_code,
        "defect_code": new.defect_code,
        "month_count": new.month_count,
        "season_count": new.season_count,
        "season": new.season.value if new.season and new.season_count else None,
        "valid_from": new.valid_from,
        "note": new.note.strip(),
    }
    id = await repository.add(connection, **values)
    if id is None:
        raise InvalidInput(
            "There is a term for this from that day already. Choose a later day.", fields=("valid_from",)
        )
    detail = {name: str(value) for name, value in values.items() if value is not None}
    await audit.note(connection, actor=actor, deed="warranty:add", now=now, object_kind="warranty_term", detail=detail)
    _known.pop(connection.engine, None)
    return id


async def _terms(connection: AsyncConnection) -> tuple[Term, ...]:
    """The terms. A new one counts within a minute; reading them for each ticket would cost more."""
    read_at, terms = _known.get(connection.engine, (0.0, ()))
    if not read_at or time.monotonic() - read_at > _READ_AGAIN_AFTER_SECONDS:
        terms = tuple(_term(row) for row in await repository.terms(connection))
        _known[connection.engine] = (time.monotonic(), terms)
    return terms


def _term(row: Row[Any]) -> Term:
    values = row._asdict()
    values.pop("id")
    season = values.pop("season")
    return Term(**values | {"clock": WarrantyClock(row.clock), "season": WarrantySeason(season) if season else None})
