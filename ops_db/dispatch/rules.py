"""Rules of dispatch: the first one, in order, of which everything named is true of the ticket decides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.work_vocabulary import CrewSource, DispatchMode

CONDITIONS: Final = (
    "project_id",
    "area_id",
    "category_code",
    "component_code",
    "severity",
    "is_public_area",
    "is_in_owner_warranty",
    "is_in_contractor_warranty",
)
"""What a rule may name; whatever it does not name may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What of a ticket rules look at; None where it is not known, which no condition is true of."""

    project_id: UUID
    area_id: UUID | None = None
    category_code: str | None = None
    component_code: str | None = None
    severity: str = "normal"
    is_public_area: bool = False
    is_in_owner_warranty: bool | None = None
    is_in_contractor_warranty: bool | None = None
    builder_crew_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    id: UUID
    position: int
    crew_source: CrewSource
    mode: DispatchMode
    is_active: bool = True
    project_id: UUID | None = None
    area_id: UUID | None = None
    category_code: str | None = None
    component_code: str | None = None
    severity: str | None = None
    is_public_area: bool | None = None
    is_in_owner_warranty: bool | None = None
    is_in_contractor_warranty: bool | None = None
    crew_id: UUID | None = None
    note: str = ""

    def crew_for(self, circumstances: Circumstances) -> UUID | None:
        """The crew this rule means; None = any that serves the project."""
        if self.crew_source == CrewSource.BUILDER:
            return circumstances.builder_crew_id
        return self.crew_id


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule held against a ticket: the first condition that is not true, None where the rule fits.

    `failed` is a name of CONDITIONS, "is_active", or "builder_crew_id" where the builder has no crew of its own.
    """

    rule: Rule
    failed: str | None
    is_chosen: bool = False


def verdicts(rules: Iterable[Rule], circumstances: Circumstances) -> Iterator[Verdict]:
    """Every rule in order, with why it does not fit; the first that fits is chosen."""
    is_found = False
    for rule in sorted(rules, key=lambda one: one.position):
        failed = _failed(rule, circumstances)
        yield Verdict(rule, failed, is_chosen=failed is None and not is_found)
        is_found = is_found or failed is None


def chosen_rule(rules: Iterable[Rule], circumstances: Circumstances) -> Rule | None:
    """The rule that decides; None where none fits and the desk decides alone."""
    return next((verdict.rule for verdict in verdicts(rules, circumstances) if verdict.is_chosen), None)


def _failed(rule: Rule, circumstances: Circumstances) -> str | None:
    if not rule.is_active:
        return "is_active"
    for name in CONDITIONS:
        wanted = getattr(rule, name)
        if wanted is not None and wanted != getattr(circumstances, name):
            return name
    if rule.crew_source == CrewSource.BUILDER and circumstances.builder_crew_id is None:
        return "builder_crew_id"
    return None
