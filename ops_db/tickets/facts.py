"""What a process may know of its ticket, read only as far as its definition asks.

A condition over the trade of a component costs a look-up; a process without such a condition does not pay for it. Each
source names the facts it brings and is asked when the definition needs one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.dispatch.facts import PERSON_FACTS, RULE_FACTS, facts_of_person, facts_of_rules
from ops_db.material.repository import needs_purchase
from ops_db.process.conditions import AllOf, AnyOf, Comparison, Condition
from ops_db.process.definition import ApprovalNode, BranchNode, Definition, TaskNode, TimerNode
from ops_db.process.facts import CREW_IDS, NEVER_KEPT, STAFF_IDS
from ops_db.tickets import repository
from ops_db.tickets.subject import Subject
from ops_db.warranty.service import FACT_NAMES as WARRANTY_FACTS
from ops_db.warranty.service import facts_of, warranty_of


class Needs(NamedTuple):
    """What a definition asks of the ticket service: facts, clocks, and the ids of people it names."""

    facts: frozenset[str]
    has_timers: bool
    staff_numbers: tuple[str, ...]
    crew_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Reads some facts of a ticket; absent ones may be missing or None."""

    names: frozenset[str]
    read: Callable[[AsyncConnection, Subject], Awaitable[Mapping[str, Any]]]


async def _of_place(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    return await repository.facts_of_place(
        connection,
        project_id=subject.project_id,
        building_id=subject.building_id,
        unit_id=subject.unit_id,
        component_code=subject.component_code,
        reported_at=subject.reported_at,
    )


async def _of_costs(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    if subject.ticket_id is None:
        return dict.fromkeys(_COSTS, 0)
    return await repository.facts_of_costs(connection, id=subject.ticket_id)


async def _of_evidence(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    if subject.ticket_id is None:
        return dict.fromkeys(_EVIDENCE, 0)
    return await repository.facts_of_evidence(connection, id=subject.ticket_id)


async def _of_stock(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    if subject.ticket_id is None:
        return {"needs_purchase": False}
    return {"needs_purchase": await needs_purchase(connection, ticket_id=subject.ticket_id)}


async def _of_warranty(connection: AsyncConnection, subject: Subject) -> Mapping[str, Any]:
    warranty = await warranty_of(
        connection,
        project_id=subject.project_id,
        building_id=subject.building_id,
        unit_id=subject.unit_id,
        category_code=subject.category_code,
        component_code=subject.component_code,
        reported_at=subject.reported_at,
        defect_code=subject.defect_code,
        ticket_id=subject.ticket_id,
    )
    return facts_of(warranty)


_EVIDENCE: Final = frozenset(
    {"photo_count", "photo_before_count", "photo_after_count", "signature_count", "message_count"}
)
_COSTS: Final = frozenset(
    {
        *("cost_fen", "material_cost_fen", "open_cost_fen", "cost_entry_count"),
        *("material_count", "material_request_count", "material_reserved_count"),
    }
)
SOURCES: Final[tuple[Source, ...]] = (
    Source(
        frozenset({"area_code", "area_lead_id", "trade", "unit_type_code", "floor", "months_since_handover"}),
        _of_place,
    ),
    Source(_COSTS, _of_costs),
    Source(_EVIDENCE, _of_evidence),
    Source(WARRANTY_FACTS, _of_warranty),
    Source(frozenset({"needs_purchase"}), _of_stock),
    Source(RULE_FACTS, facts_of_rules),
    Source(PERSON_FACTS, facts_of_person),
)
"""Where facts come from that are not columns of the ticket."""


def needs_of(definition: Definition) -> Needs:
    """What running `definition` takes."""
    timed = (node for node in definition.nodes if isinstance(node, TaskNode | ApprovalNode))
    return Needs(
        facts=frozenset(_facts_of(definition)),
        has_timers=any(isinstance(node, TimerNode) for node in definition.nodes) or any(node.timers for node in timed),
        staff_numbers=tuple(sorted(definition.staff_numbers)),
        crew_codes=tuple(sorted(definition.crew_codes)),
    )


async def read_facts(connection: AsyncConnection, needs: Needs, subject: Subject) -> dict[str, Any]:
    """The facts the definition needs beyond what stands in the ticket itself; those without a value are left out."""
    facts: dict[str, Any] = {}
    for source in SOURCES:
        if not needs.facts.isdisjoint(source.names):
            facts |= await source.read(connection, subject)
    if needs.staff_numbers:
        facts[STAFF_IDS] = await repository.staff_ids(connection, numbers=list(needs.staff_numbers))
    if needs.crew_codes:
        facts[CREW_IDS] = await repository.crew_ids(connection, codes=list(needs.crew_codes))
    return {name: value for name, value in facts.items() if value is not None}


def kept(data: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What of the data given in a step stays known to the process."""
    return {key: value for given in data for key, value in given.items() if key not in NEVER_KEPT}


def _facts_of(definition: Definition) -> Iterator[str]:
    for control in definition.controls:
        yield from _fields(control.when)
    for node in definition.nodes:
        if isinstance(node, BranchNode):
            for case in node.cases:
                yield from _fields(case.when)
        elif isinstance(node, TaskNode):
            yield from _facts_of_task(node)
        elif isinstance(node, ApprovalNode) and any(approver.person for approver in node.approvers):
            yield "area_lead_id"


def _facts_of_task(node: TaskNode) -> Iterator[str]:
    for choice in node.choices:
        yield from _fields(choice.when)
        for evidence in choice.evidence:
            yield from (evidence.fact, *_fields(evidence.when))
    if node.person == "area_lead":
        yield "area_lead_id"
    if node.person == "dispatch":
        yield from PERSON_FACTS
    if node.dispatch_choice is not None:
        yield from RULE_FACTS


def _fields(condition: Condition | None) -> Iterator[str]:
    if condition is None:
        return
    if isinstance(condition, Comparison):
        yield condition.field
        return
    if isinstance(condition, AllOf):
        parts = condition.all
    elif isinstance(condition, AnyOf):
        parts = condition.any
    else:
        parts = condition.none
    for part in parts:
        yield from _fields(part)
