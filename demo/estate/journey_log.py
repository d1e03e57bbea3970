"""The written trace of many tickets at once: events, tasks and visits in blocks of arrays, and frames in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from core.vocabulary import ActorKind
from demo.estate.draws import Flags, Integers, instants, labels, uuids
from demo.estate.workforce import Workforce
from ops_db.process.definition import TaskNode
from ops_db.process.loading import default_definition

NEVER: Final = np.iinfo(np.int64).max
"""A moment that does not come."""

_EVENT_COLUMNS: Final = ("ticket", "order", "at", "task", "account", "person", "staff")
_TASK_COLUMNS: Final = ("ticket", "opened", "due", "ended", "crew", "assignee")
_VISIT_COLUMNS: Final = ("ticket", "task", "technician", "promised_from", "promised_to", "departed", "arrived", "left")


def task_node(key: str) -> TaskNode:
    """A node of the process as shipped, where somebody has something to do."""
    return default_definition().tasks[key]


def milestone(node: str, choice: str) -> str | None:
    """What a choice means in the words of the trade."""
    return next(one.milestone for one in task_node(node).choices if one.key == choice)


def payload(
    count: int,
    *,
    choice: str | None = None,
    milestone: str | None = None,
    owner_status: str | None = None,
    data: Mapping[str, pl.Series | str] | None = None,
) -> pl.Series:
    """The JSON of `count` events; a value in `data` is JSON already, the same for all or one for each."""
    fixed = {"choice": choice, "milestone": milestone, "owner_status": owner_status}
    parts = [f'"{name}":"{value}"' for name, value in fixed.items() if value is not None]
    text = "{" + ",".join(parts)
    if not data:
        return labels([text + "}"], np.zeros(count, dtype=np.int64))
    pieces: list[pl.Series | pl.Expr] = [
        labels([text + ("," if parts else "") + '"data":{'], np.zeros(count, dtype=np.int64))
    ]
    for position, (name, value) in enumerate(data.items()):
        pieces.append(pl.lit(("," if position else "") + f'"{name}":'))
        pieces.append(value.cast(pl.String) if isinstance(value, pl.Series) else pl.lit(value))
    return pl.select(pl.concat_str([*pieces, pl.lit("}}")])).to_series()


def quoted(values: pl.Series) -> pl.Series:
    """Text as JSON strings; what the generator says holds nothing that needs escaping."""
    return '"' + values + '"'


class JourneyLog:
    """Collects what happens until `now`; anything later has not happened and is left out."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._events: list[dict[str, Any]] = []
        self._tasks: list[dict[str, Any]] = []
        self._visits: list[dict[str, Any]] = []
        self._task_count = 0
        self._order = 0

    def event(
        self,
        kind: str,
        node: str,
        at: Integers,
        ticket: Integers,
        *,
        written: pl.Series,
        task: Integers | None = None,
        account: Integers | None = None,
        person: Integers | None = None,
        staff: Integers | None = None,
    ) -> None:
        """Write one event of each ticket, after those written before; actors are accounts, people, or the system."""
        self._order += 1
        happened = at <= self.now
        count = len(ticket)
        nobody = np.full(count, -1)
        values = (ticket, np.full(count, self._order), at, task, account, person, staff)
        arrays = {
            name: (nobody if value is None else value)[happened]
            for name, value in zip(_EVENT_COLUMNS, values, strict=True)
        }
        self._events.append({"kind": kind, "node": node, "payload": written.filter(pl.Series(happened)), **arrays})

    def tasks(
        self,
        node: str,
        ticket: Integers,
        opened: Integers,
        due: Integers,
        ended: Integers,
        *,
        state: pl.Series,
        outcome: pl.Series,
        crew: Integers | None = None,
        assignee: Integers | None = None,
    ) -> Integers:
        """Write down one task of each ticket and return their numbers; one that ends after now is open still."""
        nobody = np.full(len(ticket), -1)
        still = ended > self.now
        arrays = (ticket, opened, due, np.where(still, NEVER, ended), crew, assignee)
        values = {name: nobody if value is None else value for name, value in zip(_TASK_COLUMNS, arrays, strict=True)}
        is_over = pl.Series(~still)
        self._tasks.append(
            {
                "node": node,
                "state": pl.select(pl.when(is_over).then(state).otherwise(pl.lit("open"))).to_series(),
                "outcome": pl.select(pl.when(is_over).then(outcome)).to_series(),
                **values,
            }
        )
        first = self._task_count
        self._task_count += len(ticket)
        return np.arange(first, self._task_count)

    def visits(self, purpose: str, outcome: pl.Series, **columns: Integers) -> None:
        """Write trips; moments that lie ahead are not known yet, and a trip with nothing known does not exist."""
        values = {name: columns[name] for name in _VISIT_COLUMNS}
        exists = (values["promised_from"] != NEVER) | (values["departed"] <= self.now)
        over = values["left"] <= self.now
        # Who was not let in never arrived, but the trip is over when the task is.
        outcome = pl.select(pl.when(pl.Series(over)).then(outcome)).to_series()
        kept = {name: value[exists] for name, value in values.items()}
        kept["left"] = np.where(kept["arrived"] == NEVER, NEVER, kept["left"])
        self._visits.append({"purpose": purpose, "outcome": outcome.filter(pl.Series(exists)), **kept})

    def frames(
        self,
        rngs: tuple[np.random.Generator, np.random.Generator],
        ticket_ids: pl.Series,
        people_ids: pl.Series,
        workforce: Workforce,
        crew_ids: pl.Series,
    ) -> tuple[dict[str, pl.DataFrame], Integers]:
        """The tables `ticket_event`, `task` and `visit`, and the version each ticket has come to."""
        tasks = _gathered(self._tasks, _TASK_COLUMNS, ("state", "outcome"), ("node",))
        task_ids = uuids(rngs[0], tasks["opened"])
        events = _gathered(self._events, _EVENT_COLUMNS, ("payload",), ("kind", "node"))
        order = np.lexsort((events["order"], events["ticket"]))
        ticket = events["ticket"][order]
        first = np.searchsorted(ticket, np.arange(len(ticket_ids) + 1))
        version = np.arange(len(ticket)) - first[ticket] + 1
        account, person = events["account"][order], events["person"][order]
        actor_kind = labels([kind.value for kind in (ActorKind.SYSTEM, ActorKind.ACCOUNT, ActorKind.OWNER)],
                            np.where(account >= 0, 1, np.where(person >= 0, 2, 0)))  # fmt: skip
        actor = labels(pl.concat([workforce.account_ids, people_ids]),
                       np.where(person >= 0, person + len(workforce.account_ids), account))  # fmt: skip
        event_frame = pl.DataFrame(
            {
                "ticket_id": ticket_ids.gather(ticket),
                "version": pl.Series(version).cast(pl.Int32),
                "kind": events["kind"].gather(order),
                "node_key": events["node"].gather(order),
                "task_id": labels(task_ids, events["task"][order]),
                "actor_kind": actor_kind,
                "actor_id": actor,
                "staff_id": labels(workforce.staff_ids, events["staff"][order]),
                "occurred_at": instants(events["at"][order]),
                "payload": events["payload"].gather(order),
            }
        )
        frames = {
            "ticket_event": event_frame,
            "task": _task_frame(tasks, task_ids, ticket_ids, workforce, crew_ids),
            "visit": self._visit_frame(rngs[1], task_ids, ticket_ids, workforce),
        }
        return frames, np.diff(first)

    def _visit_frame(
        self, rng: np.random.Generator, task_ids: pl.Series, ticket_ids: pl.Series, workforce: Workforce
    ) -> pl.DataFrame:
        visits = _gathered(self._visits, _VISIT_COLUMNS, ("outcome",), ("purpose",))
        begun = np.minimum(visits["promised_from"], visits["departed"])
        moments = {
            f"{name}_at": _moments(visits[name], visits[name] <= self.now) for name in ("departed", "arrived", "left")
        }
        promises = {name: _moments(visits[name], visits[name] != NEVER) for name in ("promised_from", "promised_to")}
        return pl.DataFrame(
            {
                "id": uuids(rng, begun),
                "ticket_id": ticket_ids.gather(visits["ticket"]),
                "task_id": task_ids.gather(visits["task"]),
                "technician_id": labels(workforce.staff_ids, visits["technician"]),
                "purpose": visits["purpose"],
                **promises,
                **moments,
                "outcome": visits["outcome"],
            }
        )


def _task_frame(
    tasks: dict[str, Any], task_ids: pl.Series, ticket_ids: pl.Series, workforce: Workforce, crew_ids: pl.Series
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": task_ids,
            "ticket_id": ticket_ids.gather(tasks["ticket"]),
            "node_key": tasks["node"],
            "role": tasks["node"].replace_strict(
                {key: node.role for key, node in default_definition().tasks.items()}, return_dtype=pl.String
            ),
            "crew_id": labels(crew_ids, tasks["crew"]),
            "assignee_id": labels(workforce.staff_ids, tasks["assignee"]),
            "state": tasks["state"],
            "outcome": tasks["outcome"],
            "opened_at": instants(tasks["opened"]),
            "due_at": instants(tasks["due"]),
            "ended_at": _moments(tasks["ended"], tasks["ended"] != NEVER),
        }
    )


def _moments(seconds: Integers, is_known: Flags) -> pl.Series:
    return instants(np.where(is_known, seconds, 0), is_known=is_known)


def _gathered(
    blocks: list[dict[str, Any]], arrays: tuple[str, ...], texts: tuple[str, ...], constants: tuple[str, ...]
) -> dict[str, Any]:
    whole: dict[str, Any] = {name: np.concatenate([block[name] for block in blocks]) for name in arrays}
    whole |= {name: pl.concat([block[name] for block in blocks]) for name in texts}
    lengths = [len(block[arrays[0]]) for block in blocks]
    for name in constants:
        whole[name] = labels([block[name] for block in blocks], np.repeat(np.arange(len(blocks)), lengths))
    return whole
