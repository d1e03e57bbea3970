"""Random processes over the whole language, and random people who work on them: for property tests."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from ops_db.process.data_fields import DataField, Form
from ops_db.process.definition import Definition
from ops_db.process.loading import load_definition, parse_definition
from ops_db.process.state import Actor
from ops_db.process.subprocess import expanded

WORDS = {"zh-CN": "步骤", "en": "Step"}
ROLES = ["desk", "supervisor", "technician", "owner", "finance"]
ACTORS = [
    Actor.of("desk", account_id="a-desk"),
    Actor.of("desk", account_id="a-desk-2", staff_id="s9"),
    Actor.of("supervisor", account_id="a-supervisor", staff_id="s1"),
    Actor.of("finance", account_id="a-finance"),
    Actor.of("finance", "supervisor", account_id="a-both"),
    Actor.of("manager", "warehouse", account_id="a-manager"),
    Actor.of("property_lead", "area_lead", account_id="a-lead", staff_id="s2"),
    Actor.of("owner"),
    Actor.of("system"),
    Actor.of("technician", staff_id="t1", crew_id="c1", account_id="a-t1"),
    Actor.of("technician", staff_id="t2", crew_id="c2", account_id="a-t2"),
    Actor.of("technician", "supervisor", staff_id="t3", crew_id="c1", account_id="a-t3"),
]
FIELDS = {
    "size": "text",
    "pieces": "integer",
    "is_wet": "boolean",
    "seen_at": "date_time",
    "technician_id": "technician",
    "estimated_cost_fen": "money",
}
EVIDENCE_FACTS = ("photo_count", "photo_after_count", "signature_count", "material_count", "cost_entry_count")


def random_facts(chance: Random) -> dict[str, Any]:
    """What is known of a ticket, some of it missing."""
    facts: dict[str, Any] = {
        "cost_fen": chance.randint(0, 9),
        "is_public_area": chance.random() < 0.5,
        "area_lead_id": chance.choice(["s1", "t3"]),
        "dispatch_mode": chance.choice(["assign", "grab"]),
        "dispatch_crew_id": "c1",
        "staff_ids": {"N1": "s1", "N9": "s9"},
        "crew_ids": {"plumbers": "c1"},
    } | {name: chance.randint(0, 2) for name in EVIDENCE_FACTS}
    return {name: value for name, value in facts.items() if chance.random() < 0.85}


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """Conditions over facts of the catalogue and over what earlier steps asked for."""
    single = st.one_of(
        st.integers(0, 9).map(lambda limit: {"field": "cost_fen", "op": "gt", "value": limit}),
        st.integers(0, 9).map(lambda limit: {"field": "pieces", "op": "le", "value": limit}),
        st.booleans().map(lambda wanted: {"field": "is_public_area", "op": "eq", "value": wanted}),
    )
    parts = st.lists(single, min_size=1, max_size=2)
    return st.one_of(single, st.builds(lambda how, some: {how: some}, st.sampled_from(["all", "any", "none"]), parts))


class _Drawing:
    """One definition while it is drawn: nodes with keys of their own, in blocks that nest."""

    def __init__(self, draw: st.DrawFn, processes: list[str]) -> None:
        self.draw = draw
        self.nodes: list[dict[str, Any]] = []
        self.count = 0
        self.processes = processes

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def block(self, after: str, depth: int, most: int) -> str:
        """A row of nodes, each leading on at least once, the last to `after`; returns the key of the first."""
        kinds = ["task"]
        others = ["task", "task", "approval", "approval", "branch", "timer", "notice"]
        others += ["split"] * (2 if depth < 2 else 0) + (["subprocess"] if self.processes else [])
        kinds += [self.one_of(*others) for _ in range(self.draw(st.integers(0, most - 1)))]
        keys = []
        for _ in kinds:
            self.count += 1
            keys.append(f"n{self.count}")
        tasks = [key for key, kind in zip(keys, kinds, strict=True) if kind == "task"]
        for index, (key, kind) in enumerate(zip(keys, kinds, strict=True)):
            forward = [*keys[index + 1 :], after]
            self.nodes.append(getattr(self, f"_{kind}")(key, forward, tasks, depth))
        return keys[0]

    def _task(self, key: str, forward: list[str], tasks: list[str], _depth: int) -> dict[str, Any]:
        first = self._choice("on", forward[0])
        others = [
            self._choice(f"other_{number}", self.one_of(*forward, *tasks), may_ask=True)
            for number in range(self.draw(st.integers(0, 2)))
        ]
        is_technical = self.draw(st.booleans())
        node = {
            "kind": "task",
            "key": key,
            "title": WORDS,
            "role": "technician" if is_technical else self.one_of(*ROLES),
            "is_assigned": is_technical,
            "has_visits": is_technical,
            "deputies": self.one_of(["supervisor"], ["supervisor", "system"]),
            "owner_status": self.one_of("received", "in_repair"),
            "choices": [first, *others],
            "timers": self._timers("on", is_assigned=is_technical),
        }
        if is_technical:
            node |= self.one_of({}, {"person": "area_lead"}, {"crew": "plumbers"}, {"person": "dispatch"})
        elif self.one_of(True, False, False):
            node["dispatch_choice"] = "on"
        return node

    def _choice(self, key: str, leads_to: str, *, may_ask: bool = False) -> dict[str, Any]:
        choice: dict[str, Any] = {"key": key, "title": WORDS, "next": leads_to}
        if may_ask:
            choice["when"] = self.draw(st.none() | conditions())
            choice["fields"] = self._fields()
            choice["evidence"] = self.one_of(
                [],
                [{"kind": "photo", "purpose": "after"}],
                [{"kind": "signature", "when": {"field": "is_public_area", "op": "eq", "value": True}}],
                [{"kind": "cost", "minimum": 2}],
            )
        return choice

    def _fields(self) -> list[dict[str, Any]]:
        names = self.draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=2, unique=True))
        return [
            {"key": name, "kind": FIELDS[name], "title": WORDS, "is_required": self.draw(st.booleans())}
            for name in names
        ]

    def _timers(self, choice: str, *, is_assigned: bool) -> list[dict[str, Any]]:
        deeds = self.draw(
            st.lists(st.sampled_from(["warn", "escalate", "advance", "reassign"]), max_size=2, unique=True)
        )
        does: dict[str, dict[str, Any]] = {
            "warn": {"to": ["assignee", "owner"]},
            "escalate": {"to": ["supervisor"]},
            "advance": {"choice": choice},
            "reassign": {"crew": "plumbers"} if is_assigned and self.draw(st.booleans()) else {"role": "supervisor"},
        }
        return [{"key": f"{do}_it", "minutes": 5, "do": do, **does[do]} for do in deeds]

    def _approval(self, key: str, forward: list[str], tasks: list[str], _depth: int) -> dict[str, Any]:
        one = st.one_of(
            st.sampled_from(ROLES).map(lambda role: {"role": role}),
            st.sampled_from(["N1", "N9"]).map(lambda number: {"staff_number": number}),
            st.just({"person": "area_lead"}),
        )
        approvers = self.draw(st.lists(one, min_size=1, max_size=3))
        mode = self.one_of("all", "any", "count")
        return {
            "kind": "approval",
            "key": key,
            "title": WORDS,
            "owner_status": "in_repair",
            "approvers": approvers,
            "mode": mode,
            "needed": 1 if mode == "count" else None,
            "order": self.one_of("parallel", "sequence"),
            "approved": forward[0],
            "declined": self.one_of(*forward, *tasks),
            "return_to": self.draw(st.lists(st.sampled_from(tasks), max_size=2, unique=True)),
            "may_add_signer": self.draw(st.booleans()),
            "may_delegate": self.draw(st.booleans()),
            "timers": self._timers("approved", is_assigned=False),
        }

    def _branch(self, key: str, forward: list[str], _tasks: list[str], _depth: int) -> dict[str, Any]:
        cases = [
            {"when": self.draw(conditions()), "next": self.one_of(*forward)}
            for _ in range(self.draw(st.integers(1, 2)))
        ]
        return {"kind": "branch", "key": key, "cases": cases, "default": forward[0]}

    def _timer(self, key: str, forward: list[str], _tasks: list[str], _depth: int) -> dict[str, Any]:
        minutes = self.one_of(0, 30)
        on = {"kind": "timer", "key": key, "title": WORDS, "minutes": minutes, "owner_status": "accepted"}
        return on | {"next": forward[0]}

    def _notice(self, key: str, forward: list[str], _tasks: list[str], _depth: int) -> dict[str, Any]:
        return {"kind": "notice", "key": key, "title": WORDS, "to": ["owner"], "body": WORDS, "next": forward[0]}

    def _split(self, key: str, forward: list[str], _tasks: list[str], depth: int) -> dict[str, Any]:
        join = f"{key}_join"
        self.nodes.append({"kind": "join", "key": join, "next": forward[0]})
        paths = [self.block(join, depth + 1, 2) for _ in range(self.draw(st.integers(2, 3)))]
        return {"kind": "split", "key": key, "next": paths, "join": join}

    def _subprocess(self, key: str, forward: list[str], _tasks: list[str], _depth: int) -> dict[str, Any]:
        cases = self.draw(
            st.lists(
                st.builds(lambda when, name: {"when": when, "process": name}, conditions(), st.just(self.processes[0])),
                max_size=1,
            )
        )
        process = self.processes[-1] if not cases else self.one_of(None, self.processes[-1])
        node = {"kind": "subprocess", "key": key, "title": WORDS, "cases": cases, "process": process}
        return node | {"next": forward[0], "rejected": forward[0]}


def _drawn(draw: st.DrawFn, key: str, processes: list[str], most: int) -> Definition:
    drawing = _Drawing(draw, processes)
    first = drawing.block("over", 0, most)
    tasks = [node["key"] for node in drawing.nodes if node["kind"] == "task"]
    # Nodes nobody reaches any more are impossible here: the first way on of each leads to the one after it.
    nodes = [
        {"kind": "start", "key": "begin", "next": first},
        *drawing.nodes,
        {"kind": "end", "key": "over", "ticket_state": drawing.one_of("closed", "rejected")},
    ]
    return parse_definition(
        {
            "key": key,
            "version": 1,
            "title": WORDS,
            "nodes": nodes,
            "controls": draw(_controls(tasks, first)),
        }
    )


def _controls(tasks: list[str], first: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True)
    plain = st.tuples(
        *(
            st.builds(
                lambda who, at, action=action: {"action": action, "roles": who, "at": at},
                roles,
                st.lists(st.sampled_from(tasks), max_size=2, unique=True) if action != "resume" else st.just([]),
            )
            for action in ("assign", "depart", "arrive", "pause", "resume", "reject", "cancel")
        )
    )
    back = st.builds(lambda who, to: {"action": "return", "roles": who, "to": [to]}, roles, st.sampled_from(tasks))
    grab = st.just({"action": "grab", "roles": ["technician"]})
    # Reopening asks for what conditions compare, so that the fact is always known.
    pieces = {"key": "pieces", "kind": FIELDS["pieces"], "title": WORDS}
    return st.builds(
        lambda always, who, some: [
            *always,
            *some,
            {"action": "reopen", "roles": who, "to": [first], "fields": [pieces]},
        ],
        plain,
        roles,
        st.lists(st.one_of(back, grab), max_size=3),
    )


@st.composite
def definitions(draw: st.DrawFn, *, most: int = 5) -> Definition:
    """A sound process with every subprocess put in."""
    children = [_drawn(draw, name, [], 2) for name in ("wet", "dry")] if draw(st.booleans()) else []
    parent = _drawn(draw, "random", [child.key for child in children], most)
    by_key = {child.key: child for child in children}
    whole = expanded(parent, by_key.get)
    return load_definition(whole.model_dump(mode="json", by_alias=True))


def filled(chance: Random, form: Form) -> dict[str, Any]:
    """Data that `form` accepts: all that is needed, and sometimes more."""
    needed = {field.key for field in form.fields if field.is_required} | {*form.at_least_one, *form.all_or_none}
    return {field.key: _value(chance, field) for field in form.fields if field.key in needed or chance.random() < 0.3}


def _value(chance: Random, field: DataField) -> Any:
    low, high = field.minimum or 0, 9 if field.maximum is None else field.maximum
    if field.kind == "money" and field.maximum is None:
        # Some above what asks for a signature in a shipped process.
        return chance.choice([chance.randint(low, high), 60_000])
    if field.kind in ("integer", "money"):
        return chance.randint(low, high)
    known: dict[str, list[Any]] = {
        "boolean": [True, False],
        "choice": [option.code for option in field.options],
        "date_time": ["2026-05-31T09:00:00+08:00"],
        "technician": ["t1", "t2"],
        "crew": ["c1", "c2"],
        "staff": ["s1", "s2", "s9", "t1", "t3"],
        "role": ROLES,
    }
    return chance.choice(known.get(field.kind, ["Words"]))
