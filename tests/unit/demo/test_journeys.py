"""The generated history of a ticket is one that the process interpreter itself would have written."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from core.vocabulary import ActorKind, Role, StaffKind
from demo.estate.generate import Estate
from ops_db.process import interpreter
from ops_db.process.loading import default_definition
from ops_db.process.state import Actor, State, Step

ACTIONS = {
    "task:complete": "complete",
    "task:return": "return",
    "visit:depart": "depart",
    "visit:arrive": "arrive",
    "ticket:pause": "pause",
    "ticket:resume": "resume",
    "ticket:reject": "reject",
    "ticket:cancel": "cancel",
    "ticket:reopen": "reopen",
}
ROLE_OF_STAFF = {
    StaffKind.AGENT.value: Role.DESK,
    StaffKind.SUPERVISOR.value: Role.SUPERVISOR,
    StaffKind.TECHNICIAN.value: Role.TECHNICIAN,
}
SAMPLE = 1_500


@pytest.fixture(scope="module")
def actors(small_estate: Estate) -> dict[str, Actor]:
    """The process' view of every account."""
    joined = small_estate.frames["account"].join(
        small_estate.frames["staff"].rename({"id": "staff_id"}), on="staff_id", how="inner"
    )
    return {
        row["id"]: Actor.of(ROLE_OF_STAFF[row["kind"]], staff_id=row["staff_id"], crew_id=row["crew_id"])
        for row in joined.iter_rows(named=True)
        if row["kind"] in ROLE_OF_STAFF
    }


@pytest.fixture(scope="module")
def sample(small_estate: Estate) -> list[str]:
    """Ids of tickets: an even sample, and every one that is still open."""
    tickets = small_estate.tables["ticket"]
    every = max(1, tickets.height // SAMPLE)
    return [*tickets["id"].gather_every(every), *tickets.filter(pl.col("state") == "open")["id"]]


def actor_of(event: dict[str, Any], actors: dict[str, Actor]) -> Actor:
    if event["actor_kind"] == ActorKind.OWNER:
        return Actor.of(Role.OWNER)
    if event["actor_kind"] == ActorKind.SYSTEM:
        return Actor.of(Role.SYSTEM)
    return actors[event["actor_id"]]


def replay(history: list[dict[str, Any]], actors: dict[str, Actor]) -> Step:
    """Run a history through the interpreter and compare each event written on the way; returns the last step."""
    definition = default_definition()
    step = interpreter.start(definition)
    written = [history[0]]
    compare(step, written)
    facts: dict[str, Any] = {}
    task_of_token: dict[str, str] = {}
    position = 1
    while position < len(history):
        event = history[position]
        payload = json.loads(event["payload"])
        state: State = step.state
        token = state.tokens[0].id if state.tokens else None
        if event["task_id"] is not None:
            assert token is not None
            assert task_of_token.setdefault(token, event["task_id"]) == event["task_id"]
        step = interpreter.act(
            definition,
            state,
            ACTIONS[event["kind"]],
            actor=actor_of(event, actors),
            choice=payload.get("choice"),
            data=payload.get("data", {}),
            facts=facts,
        )
        compare(step, history[position : position + len(step.events)])
        position += len(step.events)
        assigned = [token.technician_id for token in step.opened if token.technician_id]
        facts |= {"technician_id": assigned[-1]} if assigned else {}
    return step


def compare(step: Step, written: list[dict[str, Any]]) -> None:
    expected = [
        {"kind": event.kind, "version": event.version, "node_key": event.node_key, "payload": event.payload}
        for event in step.events
    ]
    expected[-1]["payload"] = {**expected[-1]["payload"], "owner_status": step.owner_status.value}
    found = [
        {name: event[name] for name in ("kind", "version", "node_key")} | {"payload": json.loads(event["payload"])}
        for event in written
    ]
    assert found == expected


def test_every_history_is_one_the_process_itself_would_have_written(
    small_estate: Estate, actors: dict[str, Actor], sample: list[str]
) -> None:
    tables = small_estate.tables
    chosen = pl.DataFrame({"ticket_id": sample}).unique()
    histories = tables["ticket_event"].join(chosen, on="ticket_id", how="semi").sort("ticket_id", "version")
    tickets = {row["id"]: row for row in tables["ticket"].iter_rows(named=True)}
    open_tasks: dict[str, list[dict[str, Any]]] = {}
    for task in tables["task"].filter(pl.col("state") == "open").iter_rows(named=True):
        open_tasks.setdefault(task["ticket_id"], []).append(task)

    for history in histories.partition_by("ticket_id", maintain_order=True):
        rows = history.to_dicts()
        ticket = tickets[rows[0]["ticket_id"]]
        end = replay(rows, actors)
        stands = (
            ticket["state"],
            ticket["node_key"],
            ticket["owner_status"],
            ticket["version"],
            ticket["pause_reason"],
        )
        state = end.state
        reason = state.pause_reason.value if state.pause_reason else None
        assert stands == (state.ticket_state.value, state.node_key, end.owner_status.value, state.version, reason)
        waiting = [(task["node_key"], task["assignee_id"]) for task in open_tasks.get(ticket["id"], [])]
        assert waiting == [(token.node_key, token.technician_id) for token in state.tokens]


def test_histories_are_in_order_and_nothing_lies_ahead(small_estate: Estate) -> None:
    events = small_estate.tables["ticket_event"].sort("ticket_id", "version")
    steps = events.group_by("ticket_id", maintain_order=True).agg(
        in_order=pl.col("occurred_at").is_sorted(), numbered=(pl.col("version") == pl.int_range(1, pl.len() + 1)).all()
    )
    assert steps["in_order"].all()
    assert steps["numbered"].all()
    assert events["occurred_at"].max() <= small_estate.now
