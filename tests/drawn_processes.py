"""Processes written down in a line each, for tests of single rules."""

from __future__ import annotations

from typing import Any

from ops_db.process.definition import Definition
from ops_db.process.loading import load_definition, parse_definition
from ops_db.process.problems import problems

WORDS = {"zh-CN": "步骤", "en": "Step"}


def choice(key: str, leads_to: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": WORDS, "next": leads_to, **more}


def task(key: str, *choices: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    """A task of the desk; a choice given as text is called `done` and leads there."""
    written = [choice("done", one) if isinstance(one, str) else one for one in choices]
    node = {"kind": "task", "key": key, "title": WORDS, "role": "desk", "owner_status": "received"}
    return node | {"choices": written} | more


def approval(key: str, *approvers: dict[str, Any] | str, **more: Any) -> dict[str, Any]:
    """An approval by roles, leading to `over` or `refused`."""
    asked = [{"role": one} if isinstance(one, str) else one for one in approvers]
    node = {"kind": "approval", "key": key, "title": WORDS, "owner_status": "accepted", "approvers": asked}
    return node | {"approved": "over", "declined": "refused"} | more


def split(key: str, *paths: str, join: str) -> dict[str, Any]:
    return {"kind": "split", "key": key, "next": list(paths), "join": join}


def join(key: str, leads_to: str) -> dict[str, Any]:
    return {"kind": "join", "key": key, "next": leads_to}


def written(first: str, *nodes: dict[str, Any], controls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A definition that begins at `first`; the ends `over` and `refused` are there where they are led to."""
    text = repr(nodes)
    ends = [{"kind": "end", "key": "over"}] if "'over'" in text else []
    if "'refused'" in text:
        ends.append({"kind": "end", "key": "refused", "ticket_state": "rejected"})
    begin = {"kind": "start", "key": "begin", "next": first}
    return {
        "key": "drawn",
        "version": 1,
        "title": WORDS,
        "nodes": [begin, *nodes, *ends],
        "controls": controls or [],
    }


def drawn(first: str, *nodes: dict[str, Any], controls: list[dict[str, Any]] | None = None) -> Definition:
    """The same, fit to run."""
    return load_definition(written(first, *nodes, controls=controls))


def faults(data: dict[str, Any], **known: Any) -> set[tuple[str, str]]:
    """What is wrong with a definition: codes and places."""
    return {(one.code, one.node) for one in problems(parse_definition(data), **known)}
