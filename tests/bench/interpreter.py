"""The pure interpreter beside its floor: the same walk through the default process as bare look-ups and tuples."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ops_db.process.definition import Definition
from ops_db.process.interpreter import act, start
from ops_db.process.loading import default_definition, load_definition
from ops_db.process.state import Actor, State
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell

DESK: Final = Actor.of("desk", staff_id="desk")
TECHNICIAN: Final = Actor.of("technician", staff_id="wang", crew_id="crew")
OWNER: Final = Actor.of("owner")
SCORES: Final = {"process_score": 5, "timeliness_score": 5, "attitude_score": 5}

WALK: Final[tuple[tuple[str, Actor, str | None, dict[str, Any], str], ...]] = (
    ("complete", DESK, "accept", {}, "dispatch"),
    ("complete", DESK, "dispatch", {"technician_id": "wang"}, "site_survey"),
    ("depart", TECHNICIAN, None, {}, "site_survey"),
    ("arrive", TECHNICIAN, None, {}, "site_survey"),
    ("complete", TECHNICIAN, "needs_repair", {}, "repair"),
    ("complete", TECHNICIAN, "fixed", {"note": "Joint sealed anew"}, "acceptance"),
    ("complete", OWNER, "accept", SCORES, "return_visit"),
    ("complete", DESK, "satisfied", {}, "closed"),
)
TRANSITIONS_OF_WALK: Final = len(WALK) + 1
_PUBLISHED_NODES: Final = 100


class _Bare(NamedTuple):
    """The least a state can be: where it stands, and how many changes there were."""

    node_key: str
    version: int


_NEXT: Final = {
    (before, action, choice): after
    for before, (action, _, choice, _, after) in zip(("intake", *(one[4] for one in WALK)), WALK, strict=False)
}


def measure(effort: Effort, tell: Tell) -> Report:
    """Transitions a second on one core, and how long the check before publishing takes."""
    tickets = 50 if effort.is_quick else 3_000
    definition, drawn = default_definition(), _hundred_nodes()
    bare, ours = _walk_bare(), _walk(definition)
    assert bare.node_key == "closed"
    assert (ours.ticket_state.value, ours.version) == ("closed", bare.version + 1)
    found = Rounds()
    for _ in effort.count(tell):
        floor = _rate(_walk_bare, tickets)
        rate = _rate(lambda: _walk(definition), tickets)
        found.add("bare look-ups and tuples", floor, "transitions/s")
        found.add("interpreter", rate, "transitions/s")
        found.add("interpreter ÷ bare", rate / floor, "ratio")
        began = time.process_time()
        load_definition(drawn)
        found.add("check of 100 nodes", time.process_time() - began, "s")
    goals = {"interpreter": Goal(50_000, is_most=False), "check of 100 nodes": Goal(1.0)}
    return Report(
        bench="interpreter",
        title="a ticket through the default process, on one core (processor time)",
        agreed="Both walks end closed after the same number of actions; ours writes the event of the end besides.",
        figures=found.figures(effort.judged_by(goals)),
    )


def _rate(walk: Callable[[], object], tickets: int) -> float:
    began = time.process_time()
    for _ in range(tickets):
        walk()
    return tickets * TRANSITIONS_OF_WALK / (time.process_time() - began)


def _walk(definition: Definition) -> State:
    state = start(definition).state
    for action, actor, choice, data, _ in WALK:
        state = act(definition, state, action, actor=actor, choice=choice, data=data).state
    return state


def _walk_bare() -> _Bare:
    state = _Bare("intake", 1)
    for action, _, choice, data, _ in WALK:
        event = {"kind": action, "version": state.version + 1, "choice": choice, "data": dict(data)}
        state = _Bare(_NEXT[state.node_key, action, choice], event["version"])
    return state


def _hundred_nodes() -> dict[str, Any]:
    """The default process with its tasks in a longer row, so that a realistic drawing has a hundred nodes."""
    data = default_definition().model_dump(mode="json", by_alias=True)
    pattern = next(node for node in data["nodes"] if node["key"] == "return_visit")
    rows = [f"more_{number}" for number in range(_PUBLISHED_NODES - len(data["nodes"]))]
    for key, after in zip(rows, [*rows[1:], "closed"], strict=True):
        choices = [choice | {"next": after} for choice in pattern["choices"]]
        data["nodes"].append(pattern | {"key": key, "choices": choices})
    for choice in pattern["choices"]:
        choice["next"] = rows[0]
    return data
