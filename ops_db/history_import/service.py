"""Loading an older system's tickets: as they were, open or ended, with their own times, once."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from ops_db.errors import InvalidInput, NotInstalled
from ops_db.history_import import repository
from ops_db.history_import.canonical import csv_batches
from ops_db.process.definition import TaskNode
from ops_db.process.interpreter import start
from ops_db.process.loading import load_definition
from ops_db.tickets.opening import DEFAULT_PROCESS


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or in a dry run would do. `row_count` = new + known + repeated."""

    row_count: int
    new_count: int
    known_count: int
    repeated_count: int
    open_count: int
    in_doubt_count: int
    added: dict[str, int]

    def as_dict(self) -> dict[str, int | dict[str, int]]:
        """The fields for a program to read."""
        return asdict(self)


def import_tickets(connection: Connection, file: Path, *, now: dt.datetime) -> ImportReport:
    """Load the canonical frame in `file`; a ticket whose source system and key are known already is left alone.

    Projects, buildings, homes and the taxonomy the frame names are made where missing. An open ticket waits at the
    first step of the published process. Nothing is committed: a dry run is a run that is rolled back.
    Raises InvalidInput for a frame that cannot be loaded, NotInstalled without reference data.
    """
    process = repository.process(connection, key=DEFAULT_PROCESS)
    if process is None:
        raise NotInstalled("No process is published. Load the reference data with `python -m ops_db seed`.")
    definition = load_definition(process.definition)
    first = start(definition)
    node = definition.by_key[first.state.tokens[0].node_key]
    if not isinstance(node, TaskNode):
        raise TypeError(f"a token rests on {node.key}, which is no task")
    values = {
        "now": now,
        "process_definition_id": process.id,
        "node_key": node.key,
        "role": node.role,
        "open_status": first.owner_status.value,
    }
    try:
        repeated = repository.copy_in(connection, csv_batches(file))
        counts = repository.counts(connection)
        added = dict.fromkeys(repository.ADD, 0)
        if counts.new_count:
            added = {table: repository.add(connection, table, values) for table in repository.ADD}
    except (DataError, IntegrityError) as error:
        raise InvalidInput(
            "The frame contradicts itself or the database, and nothing was loaded: {reason}",
            reason=str(error.orig).strip(),
        ) from error
    if added["ticket"] != counts.new_count:
        raise InvalidInput(
            "Of {new} new tickets only {loaded} found their place, and nothing was loaded. Check project and building.",
            new=counts.new_count,
            loaded=added["ticket"],
        )
    return ImportReport(
        row_count=counts.row_count + repeated,
        new_count=counts.new_count,
        known_count=counts.row_count - counts.new_count,
        repeated_count=repeated,
        open_count=counts.open_count,
        in_doubt_count=counts.in_doubt_count,
        added=added,
    )
