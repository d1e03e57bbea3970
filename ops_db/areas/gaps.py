"""Where a process asks for the lead of the area and there is none who could answer.

A ticket does not fail for want of a lead: its step then goes to everybody of that role, or waits for nobody. Both are
better known before the first ticket stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ops_db.process.text import Text


@dataclass(frozen=True, slots=True)
class Held:
    """Where a role is held: in every project, or in those named."""

    everywhere: bool = False
    project_ids: frozenset[UUID] = frozenset()

    def in_project(self, project_id: UUID) -> bool:
        """Whether it is held there."""
        return self.everywhere or project_id in self.project_ids

    def somewhere(self) -> bool:
        """Whether it is held at all."""
        return self.everywhere or bool(self.project_ids)


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who leads an area or could, with where they hold the role; nowhere for who may not sign in any more."""

    staff_id: UUID
    staff_number: str
    name: str
    held: Held


@dataclass(frozen=True, slots=True)
class Spot:
    """A place whose tickets share one area: a project, or a building of it that has an area of its own."""

    project_id: UUID
    project_code: str
    project_name: str
    area_id: UUID | None
    building_code: str | None = None
    building_name: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A rule by which tickets take a process: in one project or any, in one area or any."""

    process_key: str
    project_id: UUID | None = None
    area_id: UUID | None = None

    def leads_from(self, spot: Spot) -> bool:
        """Whether tickets of this place may take it."""
        return self.project_id in (None, spot.project_id) and self.area_id in (None, spot.area_id)


@dataclass(frozen=True, slots=True)
class AskingProcess:
    """A published process of which a step or an approval is for the lead of the area."""

    key: str
    title: Text


class Reason(StrEnum):
    """Why there is nobody."""

    NO_AREA = "no_area"
    NO_LEAD = "no_lead"
    LEAD_LACKS_ROLE = "lead_lacks_role"


@dataclass(frozen=True, slots=True)
class Gap:
    """One place without a lead who could answer; `others` says whether anybody else holds the role there."""

    spot: Spot
    reason: Reason
    others: bool


@dataclass(frozen=True, slots=True)
class Want:
    """What a process lacks; `is_taken` is false while no rule leads to it, so that nothing can wait yet."""

    process: AskingProcess
    is_taken: bool
    gaps: tuple[Gap, ...]


def wants(
    processes: Iterable[AskingProcess],
    ways: Sequence[Way],
    spots: Sequence[Spot],
    *,
    leads: dict[UUID, Lead | None],
    holders: Held,
) -> list[Want]:
    """Each process that lacks a lead somewhere; `leads` is by area, `holders` is where anybody holds the role."""
    found = []
    for process in processes:
        own = [way for way in ways if way.process_key == process.key]
        # Before a rule leads to a process, every place is one that the first rule may lead from.
        reached = [spot for spot in spots if not own or any(way.leads_from(spot) for way in own)]
        gaps = tuple(
            Gap(spot, reason, holders.in_project(spot.project_id))
            for spot in reached
            if (reason := _reason(spot, leads)) is not None
        )
        if gaps:
            found.append(Want(process, bool(own), gaps))
    return found


def _reason(spot: Spot, leads: dict[UUID, Lead | None]) -> Reason | None:
    if spot.area_id is None:
        return Reason.NO_AREA
    lead = leads.get(spot.area_id)
    if lead is None:
        return Reason.NO_LEAD
    return None if lead.held.in_project(spot.project_id) else Reason.LEAD_LACKS_ROLE
