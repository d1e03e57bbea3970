"""Scenario packs: what a process is expected to do, as data that anybody can read, and the run that proves it.

A pack is YAML: people, and scenarios of what is given, the steps taken (`when`), and what is expected after a step or
in the end. A run stops at the first difference and says it in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from ops_db.process import simulate
from ops_db.process.definition import Definition
from ops_db.process.errors import Problem, ProcessError, ScenarioPackInvalid
from ops_db.process.facts import STAFF_IDS
from ops_db.process.node_parts import Key, Part, RoleCode
from ops_db.process.safe_yaml import MOST_BYTES, fault_of_size, read_yaml
from ops_db.process.simulate import Tryout
from ops_db.process.state import Actor
from ops_db.process.text import Text

_DURATION: Final = re.compile(r"^(?:(\d{1,4})d)?\s*(?:(\d{1,5})h)?\s*(?:(\d{1,6})m)?$")


def _minutes(value: object) -> object:
    """Minutes of a duration such as `1d 2h 30m`; a day is 24 hours."""
    if not isinstance(value, str):
        return value
    found = _DURATION.match(value.strip())
    if not found or not any(found.groups()):
        raise ValueError("a duration like 2h, 30m or 1d 2h is expected")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes


Minutes = Annotated[int, BeforeValidator(_minutes), Field(ge=0, le=366 * 24 * 60)]
Names = Annotated[tuple[str, ...], Field(max_length=100)]


class Person(Part):
    """Somebody who acts: roles, and where it matters who they are."""

    roles: tuple[RoleCode, ...] = Field(min_length=1, max_length=20)
    staff: str | None = Field(default=None, max_length=100)
    crew: str | None = Field(default=None, max_length=100)

    def actor(self, name: str) -> Actor:
        """This person as the engine knows one; the name stands for the account."""
        return Actor.of(*self.roles, staff_id=self.staff, crew_id=self.crew, account_id=name)


class Expectation(Part):
    """What is to be so; only what is given is looked at.

    `at` are the nodes the ticket stands at, `pending` the roles or people an approval waits for, `assigned_to` who has
    the task, `notices` who was told by the step, `events` what it wrote, `refused` the code it was refused with.
    """

    at: Names | None = None
    owner_status: str | None = None
    ticket_state: str | None = None
    pending: Names | None = None
    assigned_to: str | None = None
    notices: Names | None = None
    events: Names | None = None
    refused: str | None = None


class Wait(Part):
    """How long to wait, and by which clock: one of the two."""

    working: Minutes | None = None
    calendar: Minutes | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Wait:
        if (self.working is None) == (self.calendar is None):
            raise ValueError("wait by working time or round the clock, one of them")
        return self


class Step(Part):
    """One step: an action, or waiting, or facts that become known; and what is expected then.

    `as` is one of the people, or a role. `task` is the node meant, where the ticket stands at several.
    """

    action: str | None = Field(default=None, max_length=100)
    by: str | None = Field(default=None, alias="as", max_length=100)
    task: Key | None = None
    choice: Key | None = None
    data: dict[str, Any] = Field(default_factory=dict, max_length=100)
    wait: Wait | Minutes | None = None
    facts: dict[str, Any] = Field(default_factory=dict, max_length=100)
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _one_deed(self) -> Step:
        if self.action is not None and self.wait is not None:
            raise ValueError("a step is an action or waiting, not both")
        if (self.action is None) != (self.by is None):
            raise ValueError("an action needs `as`, and `as` an action")
        if self.action is None and self.wait is None and not self.facts and self.expect is None:
            raise ValueError("a step does, waits, learns or expects something")
        return self


class Scenario(Part):
    """One story: what is given, what is done, and how it ends. `due_in` is working time."""

    name: Key
    title: Text
    given: dict[str, Any] = Field(default_factory=dict, max_length=200)
    due_in: Minutes | None = None
    when: tuple[Step, ...] = Field(max_length=200)
    expect: Expectation | None = None


class Pack(Part):
    """Scenarios of one process, and the people in them."""

    process: Key
    title: Text
    people: dict[str, Person] = Field(default_factory=dict, max_length=200)
    scenarios: tuple[Scenario, ...] = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went: `difference` is the first one found, None if all was as expected.

    Its place is `step 3`, or `end`. `tryout` is the session as far as it came, with its trace.
    """

    name: str
    title: Text
    difference: Problem | None
    tryout: Tryout

    @property
    def is_passed(self) -> bool:
        """Whether everything was as expected."""
        return self.difference is None


def parse_pack(data: Mapping[str, Any]) -> Pack:
    """The pack in `data`; raises ScenarioPackInvalid naming each fault and its place."""
    fault = fault_of_size(data)
    if fault is not None:
        raise ScenarioPackInvalid([fault])
    try:
        return Pack.model_validate(data)
    except ValidationError as error:
        faults = [
            Problem(
                "shape",
                ".".join(map(str, one["loc"])) or "pack",
                "{reason}",
                {"reason": one["msg"].removeprefix("Value error, ")},
            )
            for one in error.errors(include_url=False)[:50]
        ]
        raise ScenarioPackInvalid(faults) from None


def parse_pack_text(text: str | bytes, *, name: str = "pack") -> Pack:
    """The pack in YAML; raises ScenarioPackInvalid, or DefinitionInvalid for what is no safe YAML."""
    data = read_yaml(text, name=name)
    if not isinstance(data, dict):
        raise ScenarioPackInvalid([Problem("shape", name, "the file must hold one mapping with process and scenarios")])
    return parse_pack(data)


def parse_pack_file(path: Path) -> Pack:
    """The pack in a YAML file; raises OSError, and what `parse_pack_text` raises."""
    with path.open("rb") as file:
        return parse_pack_text(file.read(MOST_BYTES + 1), name=path.name)


def run_pack(definition: Definition, pack: Pack) -> list[Outcome]:
    """Run every scenario of a pack against a process fit to run."""
    return [run_scenario(definition, one, pack.people) for one in pack.scenarios]


def run_scenario(definition: Definition, scenario: Scenario, people: Mapping[str, Person]) -> Outcome:
    """Run one scenario up to the first difference."""
    staff_ids = {number: number for number in definition.staff_numbers}
    facts = {STAFF_IDS: staff_ids, **scenario.given} if staff_ids else scenario.given
    tryout = simulate.begin(definition, facts=facts, due_in_minutes=scenario.due_in)
    for number, step in enumerate(scenario.when, start=1):
        before, refusal = len(tryout.trace), None
        try:
            tryout = _done(tryout, step, people)
        except ProcessError as error:
            refusal = error
        difference = _difference(step.expect or Expectation(), tryout, before, refusal, f"step {number}")
        if difference is not None:
            return Outcome(scenario.name, scenario.title, difference, tryout)
    difference = None
    if scenario.expect is not None:
        difference = _difference(scenario.expect, tryout, 0, None, "end")
    return Outcome(scenario.name, scenario.title, difference, tryout)


def _done(tryout: Tryout, step: Step, people: Mapping[str, Person]) -> Tryout:
    if step.facts:
        tryout = simulate.learn(tryout, step.facts)
    if step.action is not None and step.by is not None:
        person = people.get(step.by)
        actor = person.actor(step.by) if person is not None else Actor.of(step.by, account_id=step.by)
        return simulate.apply(tryout, step.action, actor=actor, task=step.task, choice=step.choice, data=step.data)
    if isinstance(step.wait, Wait):
        if step.wait.working is not None:
            return simulate.wait(tryout, step.wait.working, clock="working")
        return simulate.wait(tryout, step.wait.calendar or 0)
    return simulate.wait(tryout, step.wait) if step.wait is not None else tryout


def _difference(
    expected: Expectation, tryout: Tryout, before: int, refusal: ProcessError | None, place: str
) -> Problem | None:
    if refusal is not None and refusal.code != expected.refused:
        values = {"code": refusal.code, "reason": str(refusal)}
        return Problem("refused", place, "it was refused ({code}): {reason}", values)
    if expected.refused is not None and refusal is None:
        return Problem("accepted", place, "it should be refused with {code}, but was done", {"code": expected.refused})
    for wanted, found, problem in _comparisons(expected, tryout, before):
        if wanted != found:
            values = {"expected": _words(wanted), "found": _words(found)}
            return Problem(problem.code, place, problem.template, values)
    return None


def _comparisons(expected: Expectation, tryout: Tryout, before: int) -> Iterator[tuple[Any, Any, Problem]]:
    """What is expected and what is found, for everything the expectation names."""
    for name, (found, problem) in _LOOKED_AT.items():
        wanted = getattr(expected, name)
        if wanted is not None:
            actual = found(tryout, before)
            is_set = name in ("at", "pending")
            yield (sorted(wanted), sorted(actual), problem) if is_set else (_plain(wanted), _plain(actual), problem)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def _pending(tryout: Tryout, _before: int) -> list[str]:
    signers = (one for token in tryout.state.tokens for one in token.signers)
    return [str(one.staff_id or one.role) for one in signers if one.state == "pending"]


def _assigned_to(tryout: Tryout, _before: int) -> str | None:
    tokens = [one for one in tryout.state.tokens if one.technician_id or one.crew_id]
    return (tokens[-1].technician_id or tokens[-1].crew_id) if tokens else None


def _notices(tryout: Tryout, before: int) -> list[str]:
    return [to for moment in tryout.trace[before:] for notice in moment.notices for to in notice.to]


def _events(tryout: Tryout, before: int) -> list[str]:
    return [kind for moment in tryout.trace[before:] for kind in moment.events]


_Find = Callable[[Tryout, int], Any]
_Looked = Literal["at", "owner_status", "ticket_state", "pending", "assigned_to", "notices", "events"]
_LOOKED_AT: Final[dict[_Looked, tuple[_Find, Problem]]] = {
    "ticket_state": (
        lambda tryout, _: tryout.state.ticket_state.value,
        Problem("ticket_state", "", "the ticket should be {expected}, but is {found}"),
    ),
    "at": (
        lambda tryout, _: tryout.standing_at,
        Problem("at", "", "the ticket should stand at {expected}, but stands at {found}"),
    ),
    "owner_status": (
        lambda tryout, _: tryout.owner_status.value,
        Problem("owner_status", "", "the owner should see {expected}, but sees {found}"),
    ),
    "pending": (_pending, Problem("pending", "", "the approval should wait for {expected}, but waits for {found}")),
    "assigned_to": (
        _assigned_to,
        Problem("assigned_to", "", "the task should be that of {expected}, but is that of {found}"),
    ),
    "notices": (_notices, Problem("notices", "", "{expected} should be told, but {found} was")),
    "events": (_events, Problem("events", "", "the log should say {expected}, but says {found}")),
}
