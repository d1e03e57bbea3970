"""A process with everything that waits: timers, an approval, a split, a wait of its own, and a notice at its end."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

FINANCE_ABOVE_FEN: Final = 50_000


def words(text: str) -> dict[str, str]:
    """The same words in both languages."""
    return {"zh-CN": text, "en": text}


def timer(key: str, minutes: int, do: str, **more: Any) -> dict[str, Any]:
    """A clock of a node that counts the time of day, so that tests need no calendar."""
    return {"key": key, "minutes": minutes, "do": do, "clock": "calendar"} | more


def task(key: str, role: str, onward: str, **more: Any) -> dict[str, Any]:
    """A step with one way on, called done."""
    choices = [{"key": "done", "title": words("done"), "next": onward}]
    plain = {"kind": "task", "key": key, "title": words(key), "role": role, "owner_status": "accepted"}
    return plain | {"choices": choices} | more


# Long because the process is one list.
def watched(**approval: Any) -> dict[str, Any]:
    """The process; `approval` changes its approval node."""
    intake = task(
        "intake",
        "desk",
        "costly",
        timers=[
            timer("remind", 30, "warn", to=["supervisor", "assignee"]),
            timer("report", 60, "escalate", to=["manager", "owner"], text=words("waits for an hour")),
            timer("hand_over", 90, "reassign", role="supervisor"),
            timer("go", 120, "advance", choice="done"),
        ],
    )
    intake["choices"][0]["fields"] = [{"key": "estimated_cost_fen", "kind": "money", "title": words("estimate")}]
    return {
        "key": "watched",
        "version": 1,
        "title": words("watched"),
        "nodes": [
            {"kind": "start", "key": "begin", "next": "intake"},
            intake,
            {
                "kind": "branch",
                "key": "costly",
                "cases": [
                    {
                        "when": {"field": "estimated_cost_fen", "op": "gt", "value": FINANCE_ABOVE_FEN},
                        "next": "money",
                    }
                ],
                "default": "both",
            },
            {
                "kind": "approval",
                "key": "money",
                "title": words("money"),
                "owner_status": "accepted",
                "approvers": [{"role": "finance"}, {"role": "manager"}],
                "approved": "both",
                "declined": "refused",
                "return_to": ["intake"],
                "may_add_signer": True,
                "may_delegate": True,
                "timers": [timer("nudge", 45, "warn", to=["assignee"])],
            }
            | approval,
            {"kind": "split", "key": "both", "next": ["left", "right"], "join": "met"},
            task("left", "technician", "met"),
            task("right", "warehouse", "met"),
            {"kind": "join", "key": "met", "next": "rest"},
            {
                "kind": "timer",
                "key": "rest",
                "title": words("rest"),
                "minutes": 60,
                "clock": "calendar",
                "owner_status": "follow_up",
                "next": "tell",
            },
            {
                "kind": "notice",
                "key": "tell",
                "title": words("finished"),
                "to": ["desk", "owner"],
                "body": words("all is done"),
                "next": "closed",
            },
            {"kind": "end", "key": "refused", "ticket_state": "rejected"},
            {"kind": "end", "key": "closed"},
        ],
        "controls": [
            {"action": "pause", "roles": ["desk", "supervisor"]},
            {"action": "resume", "roles": ["desk", "supervisor"]},
            {"action": "cancel", "roles": ["desk"]},
        ],
    }


def publish(connection: Connection, definition: dict[str, Any]) -> UUID:
    """Publish a definition and let every new ticket take it; returns its id."""
    id: UUID = connection.execute(
        text("""
            insert into ops.process_definition (key, version, state, definition, published_at)
            values (:key, :version, 'published', cast(:definition as jsonb), now()) returning id
        """),
        {"key": definition["key"], "version": definition["version"], "definition": json.dumps(definition)},
    ).scalar_one()
    connection.execute(text("delete from ops.process_rule"))
    connection.execute(
        text("insert into ops.process_rule (position, process_key) values (1, :key)"), {"key": definition["key"]}
    )
    return id


def open_many(connection: Connection, count: int, *, definition_id: UUID) -> None:
    """Tickets at `intake`, as many reminders due a minute ago; far quicker than opening each."""
    connection.execute(
        text("""
            with place as (select id from ops.project limit 1), made as (
                insert into ops.ticket (project_id, channel, title, process_definition_id, node_key, owner_status,
                                        version, reported_at)
                select place.id, 'desk', 'many', :definition_id, 'intake', 'accepted', 1, now() - interval '1 hour'
                  from place, generate_series(1, :count) returning id),
            logged as (
                insert into ops.ticket_event (ticket_id, version, kind, node_key, actor_kind, occurred_at, payload)
                select id, 1, 'ticket:create', 'begin', 'system', now() - interval '1 hour', '{}' from made),
            waiting as (
                insert into ops.task (ticket_id, node_key, role, opened_at)
                select id, 'intake', 'desk', now() - interval '1 hour' from made returning id, ticket_id)
            insert into ops.timer (ticket_id, task_id, timer_key, action, is_working_time, due_at)
            select ticket_id, id, 'remind', 'warn', false, now() - interval '1 minute' from waiting
        """),
        {"definition_id": definition_id, "count": count},
    )
