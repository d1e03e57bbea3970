"""The very statements that the service sends to open one ticket, as a script for pgbench.

Two tickets are opened in this process while every statement is noted. What differs between the two has to differ in
each transaction of pgbench too: ids, token hashes and idempotency keys are made from a counter there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import event

from core.settings import Settings
from tests.bench.posting import ticket
from tests.service_process import desk_credentials
from ticket_service.app import create_app

_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")
_COLON_OF_A_LITERAL: Final = re.compile(r"(?<!:):(?=[a-z_])")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Each client of pgbench counts for itself, so that its ids grow as those of the service do.
_FRESH: Final = "lpad(to_hex(:client_id::bigint * 1000000000 + :n::bigint), 12, '0')"
_WARM_UP: Final = 3

Statement = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Script:
    """A script for pgbench and the variables it is to be started with; `n` is the first number of its counters."""

    text: str
    variables: Mapping[str, str]
    statement_count: int


def script_of_one_creation(settings: Settings) -> Script:
    """Open tickets in this process and turn the statements of one into a script."""
    first, second = _recorded(settings)
    assert [text for text, _ in first] == [text for text, _ in second], "Two tickets were opened in different ways."
    fresh_ids = _ids(second) - _ids(first)
    variables: dict[str, str] = {}
    lines = ["begin;"]
    for place, ((text, before), (_, values)) in enumerate(zip(first, second, strict=True)):
        expressions = {
            name: _expression(f"{name}_{place}", value, before[name], fresh_ids, variables)
            for name, value in values.items()
        }
        lines.append(f"{_filled(text, expressions)};")
    lines += ["end;", "\\set n :n + 1"]
    return Script("\n".join(lines) + "\n", variables, len(second))


def _recorded(settings: Settings) -> tuple[list[Statement], list[Statement]]:
    """The statements of two tickets, opened when the service had long been at work."""
    recordings: list[list[Statement]] = []
    app = create_app(settings)
    engine = app.state.service.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, text: str, values: Mapping[str, Any] | Sequence[Any], *_: Any) -> None:
        recordings[-1].append((text, dict(values)) if isinstance(values, Mapping) else _named(text, values))

    with TestClient(app, headers={"Origin": "http://testserver"}) as client:
        recordings.append([])
        assert client.post("/api/v1/session", json=desk_credentials()).status_code == 204
        for number in range(_WARM_UP + 2):
            recordings.append([])
            key = {"Idempotency-Key": f"recorded-{number:08d}"}
            answer = client.post("/api/v1/tickets", json=ticket(0), headers=key)
            assert answer.status_code == 201, answer.text
    return recordings[-2], recordings[-1]


def _named(text: str, values: Sequence[Any]) -> Statement:
    """A statement that the driver was given with its values in a row, as one that names them."""
    names = [f"at_{place}" for place in range(len(values))]
    left = iter(names)
    return re.sub(r"%s", lambda _: f"%({next(left)})s", text), dict(zip(names, values, strict=True))


def _filled(text: str, expressions: Mapping[str, str]) -> str:
    """The statement with its placeholders replaced; a doubled percent sign is the driver's spelling of one.

    pgbench takes a colon before a word for a variable of its own within quotes too, so there it is put by itself.
    """
    text = _COLON_OF_A_LITERAL.sub("' || ':' || '", text)
    return _PLACEHOLDER.sub(lambda found: expressions[found[1]] if found[1] else "%", text).strip()


def _ids(statements: Sequence[Statement]) -> set[str]:
    return {found for _, values in statements for value in values.values() for found in _UUID.findall(str(value))}


def _expression(name: str, value: Any, before: Any, fresh_ids: set[str], variables: dict[str, str]) -> str:
    """How pgbench says a value: typed as the driver types it, made anew where it has to be."""
    if value is None:
        return "null"
    if isinstance(value, bytes) and value != before:
        return f"sha256({_FRESH}::bytea)"
    if name.startswith("key_"):
        return f"('pgbench-' || {_FRESH})"
    if isinstance(value, UUID) and str(value) in fresh_ids:
        return f"{_fresh_id(str(value))}::uuid"
    variables[name] = _text(value)
    said = f":{name}"
    found = [one for one in _UUID.findall(variables[name]) if one in fresh_ids]
    for one in dict.fromkeys(found):
        said = f"replace({said}, '{one}', {_fresh_id(one)})"
    return said + _cast(value)


def _fresh_id(recorded: str) -> str:
    return f"('{recorded[:24]}' || {_FRESH})"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _cast(value: Any) -> str:
    casts = {bytes: "::bytea", UUID: "::uuid", dt.datetime: "::timestamptz", bool: "::boolean"}
    return next((cast for kind, cast in casts.items() if isinstance(value, kind)), "")
