"""Trying a definition out before it is published: a pretend ticket, replayed from what was done, and scenario packs.

Nothing is kept here: whoever tries sends everything done so far, and gets how the ticket stands then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, Role
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.process import scenarios, simulate
from ops_db.process.definition import Definition
from ops_db.process.errors import ProcessError
from ops_db.process.facts import CREW_IDS, STAFF_IDS
from ops_db.process.loading import DEFINITIONS
from ops_db.process.scenarios import Outcome, Pack
from ops_db.process.simulate import Tryout
from ops_db.process.state import Action, Signer
from ops_db.process.state import Actor as ProcessActor
from ops_db.process_admin.checking import runnable, storable
from ops_db.process_admin.drafts import house_of

MOST_STEPS: Final = 100
_STAFF: Final = "staff:"
_PACK_ENDING: Final = ".scenarios.yaml"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing somebody who tries did: acted as `who` (a role, or `staff:` and a number), waited, or said a fact."""

    action: str | None = None
    who: str | None = None
    task: str | None = None
    choice: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    wait_minutes: int | None = None
    clock: Literal["working", "calendar"] = "calendar"
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """How the pretend ticket stands, what each of the people could do now, and the deed that was refused, if any."""

    tryout: Tryout
    offers: dict[str, tuple[Action, ...]]
    refused_at: int | None = None
    refusal: ProcessError | None = None


async def running_definition(connection: AsyncConnection, *, actor: Actor, document: object) -> Definition:
    """A document as tickets would run it; raises InvalidInput, DefinitionInvalid."""
    actor.require(Permission.PROCESS_MANAGE)
    given = storable(document)
    return Definition.model_validate(runnable(given, await house_of(connection)))


def try_out(
    definition: Definition, deeds: Sequence[Deed], *, facts: Mapping[str, Any], due_in_minutes: int | None
) -> Trial:
    """The pretend ticket after these deeds, up to the first that is refused; raises InvalidInput, ProcessError."""
    if len(deeds) > MOST_STEPS:
        raise InvalidInput("A try-out has at most {most} steps. Begin again.", most=MOST_STEPS)
    known = {STAFF_IDS: {number: number for number in definition.staff_numbers}} if definition.staff_numbers else {}
    if definition.crew_codes:
        known[CREW_IDS] = {code: code for code in definition.crew_codes}
    tryout = simulate.begin(definition, facts={**known, **facts}, due_in_minutes=due_in_minutes)
    for number, deed in enumerate(deeds):
        try:
            tryout = _done(tryout, deed)
        except ProcessError as error:
            return Trial(tryout, _offers(tryout), number, error)
    return Trial(tryout, _offers(tryout))


def shipped_packs() -> dict[str, str]:
    """The scenario packs that come with the product, by name."""
    paths = sorted(DEFINITIONS.glob(f"*{_PACK_ENDING}"))
    return {path.name.removesuffix(_PACK_ENDING): path.read_text(encoding="utf-8") for path in paths}


def run_pack(definition: Definition, text: str) -> tuple[Pack, list[Outcome]]:
    """Run a pack, in YAML, against a definition; raises ScenarioPackInvalid, DefinitionInvalid."""
    pack = scenarios.parse_pack_text(text)
    return pack, scenarios.run_pack(definition, pack)


def _done(tryout: Tryout, deed: Deed) -> Tryout:
    if deed.facts:
        tryout = simulate.learn(tryout, deed.facts)
    if deed.wait_minutes is not None:
        return simulate.wait(tryout, deed.wait_minutes, clock=deed.clock)
    if deed.action is None or deed.who is None:
        return tryout
    return simulate.apply(
        tryout,
        deed.action,
        actor=_somebody(tryout, deed.who),
        task=deed.task,
        choice=deed.choice,
        data=deed.data,
    )


def _somebody(tryout: Tryout, who: str) -> ProcessActor:
    """Whoever is meant: a role's holder is the one the step was given to, where it was given to somebody."""
    if who.startswith(_STAFF):
        number = who.removeprefix(_STAFF)
        return ProcessActor.of(staff_id=number, account_id=who)
    given = next((token for token in tryout.state.tokens if token.technician_id or token.crew_id), None)
    staff = given.technician_id if given else None
    return ProcessActor.of(who, staff_id=staff, crew_id=given.crew_id if given else None, account_id=who)


def _offers(tryout: Tryout) -> dict[str, tuple[Action, ...]]:
    """What everybody whom the process knows could do now; those who could do nothing are left out."""
    found = {who: simulate.offered(tryout, _somebody(tryout, who)) for who in _people(tryout)}
    return {who: actions for who, actions in found.items() if actions}


def _people(tryout: Tryout) -> list[str]:
    definition = tryout.definition
    here = [definition.tasks[token.node_key] for token in tryout.state.tokens if token.node_key in definition.tasks]
    signers: list[Signer] = [one for token in tryout.state.tokens for one in token.signers]
    people = [node.role for node in here] + [one.role or f"{_STAFF}{one.staff_id}" for one in signers]
    people += [deputy for node in here for deputy in node.deputies]
    people += [role for control in definition.controls for role in control.roles]
    return [one for one in dict.fromkeys(people) if one != Role.SYSTEM]
