"""The whole pretend estate from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from demo.estate.aftermath import calls, costs, messages
from demo.estate.arrivals import CHANNELS, Arrivals, arrive
from demo.estate.behaviour import SEVERITIES, taxonomy
from demo.estate.construction import Construction, build
from demo.estate.draws import instants, labels, stream, uuids
from demo.estate.faults import Faults, plant, truth
from demo.estate.field_work import PAUSE_REASONS
from demo.estate.journey_log import NEVER
from demo.estate.journeys import Journeys
from demo.estate.people import People, settle
from demo.estate.property import DAY_SECONDS, Property, lay_out
from demo.estate.rosters import rosters
from demo.estate.sizes import Size, named_size
from demo.estate.standing import ENDED, NODES, OWNER_STATUSES, STATES, World, make_world
from demo.estate.wording import wording
from demo.estate.workforce import Workforce, employ


@dataclass(frozen=True)
class Estate:
    """A generated estate.

    `frames` are the tables that do not grow with tickets, by their name in the schema ops; `ticket_parts()` makes those
    that do, some hundred thousand tickets at a time, and `tables` is all of it at once. UUIDs and JSON are text. What
    only an installation knows is left to loading: `person` has `name` and `phone`, `call` has `caller_phone`, in place
    of ciphertext and blind index, and `ticket` lacks the id of its process definition.
    """

    size: Size
    seed: int
    now: dt.datetime
    frames: dict[str, pl.DataFrame]
    truth: dict[str, Any]
    property: Property = field(repr=False)
    construction: Construction = field(repr=False)
    people: People = field(repr=False)
    workforce: Workforce = field(repr=False)
    faults: Faults = field(repr=False)

    @cached_property
    def arrivals(self) -> Arrivals:
        """When what breaks where."""
        count = self.size.ticket_count
        return arrive(self.seed, count, self.now, self.property, self.construction, self.faults, self.people)

    @cached_property
    def world(self) -> World:
        """The hours people work, and how projects differ."""
        seconds, project_count = int(self.now.timestamp()), self.size.project_count
        return make_world(self.seed, seconds, project_count, self.workforce, self.faults)

    def ticket_parts(self, *, since_ticket: int = 0) -> Iterator[dict[str, pl.DataFrame]]:
        """Tickets with all that belongs to them, in the order they were reported.

        `since_ticket` leaves out the parts that end before the ticket of that position.
        """
        for part, first in enumerate(range(0, len(self.arrivals), self.size.chunk_tickets)):
            if first + self.size.chunk_tickets > since_ticket:
                yield self._ticket_part(part, first)

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table whole. Meant for estates that fit in memory: large takes some eight gigabytes."""
        parts = list(self.ticket_parts())
        return self.frames | {name: pl.concat([part[name] for part in parts]) for name in parts[0]}

    def _ticket_part(self, part: int, first: int) -> dict[str, pl.DataFrame]:
        arrivals = self.arrivals.part(first, first + self.size.chunk_tickets)
        journeys = Journeys(self.seed, part, arrivals, self.world)
        journeys.run()
        rng = stream(self.seed, "aftermath", part)
        ids = uuids(stream(self.seed, "ticket ids", part), arrivals.reported)
        people_ids = self.frames["person"]["id"]
        id_streams = (stream(self.seed, "task ids", part), stream(self.seed, "visit ids", part))
        trace, versions = journeys.log.frames(id_streams, ids, people_ids, self.workforce, self.frames["crew"]["id"])
        tables = {"ticket": self._tickets(part, first, journeys, ids, versions), **trace}
        tables["cost_entry"] = costs(rng, journeys, self.property, self.construction, ids)
        tables["rating"] = journeys.opinions.frame(rng, ids, self.workforce)
        tables["message"] = messages(rng, journeys, ids, self.people, self.workforce)
        tables["call"] = calls(rng, journeys, first, ids, self.property, self.people, self.workforce)
        return tables

    def _tickets(
        self, part: int, first: int, journeys: Journeys, ids: pl.Series, versions: np.ndarray[Any, Any]
    ) -> pl.DataFrame:
        arrivals, standing = journeys.arrivals, journeys.standing
        title, description = wording(stream(self.seed, "wording", part), arrivals, self.property)
        kinds = taxonomy()
        number = pl.Series(np.arange(first, first + len(arrivals)) + 1).cast(pl.String).str.zfill(8)
        is_over = standing.closed_at != NEVER
        frames = self.frames
        return pl.DataFrame(
            {
                "id": ids,
                "number": "T" + number,
                "project_id": frames["project"]["id"].gather(arrivals.project),
                "building_id": frames["building"]["id"].gather(arrivals.building),
                "unit_id": labels(frames["unit"]["id"], arrivals.unit),
                "space_id": labels(frames["space"]["id"], arrivals.space),
                "category_code": labels([kind.category_code for kind in kinds.components], arrivals.component),
                "component_code": labels([kind.code for kind in kinds.components], arrivals.component),
                "defect_code": labels([kind.code for kind in kinds.defects], arrivals.defect),
                "severity": labels(SEVERITIES, arrivals.severity),
                "channel": labels(CHANNELS, arrivals.channel),
                "title": title,
                "description": description,
                "reporter_id": labels(frames["person"]["id"], arrivals.reporter),
                "state": labels(STATES, standing.state),
                "node_key": labels(NODES, np.where(standing.node == ENDED, -1, standing.node)),
                "owner_status": labels(OWNER_STATUSES, standing.owner_status),
                "pause_reason": labels(PAUSE_REASONS, standing.pause_reason),
                "version": pl.Series(versions).cast(pl.Int32),
                "reported_at": instants(arrivals.reported),
                "resolve_due_at": instants(standing.due),
                "closed_at": instants(np.where(is_over, standing.closed_at, 0), is_known=is_over),
                "created_at": instants(arrivals.reported),
            }
        )


def generate(size: str | Size = "small", seed: int = 7, now: dt.datetime | None = None) -> Estate:
    """The estate of that size, seed and (aware) moment, by default this one; the same again for the same."""
    size = named_size(size)
    now = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
    seconds = int(now.timestamp())
    estate = lay_out(size, seed, now)
    construction = build(size, seed, estate)
    faults = plant(seed, estate, construction, seconds // DAY_SECONDS)
    people = settle(seed, estate)
    workforce = employ(size, seed, estate, construction, faults)
    frames = estate.frames | construction.frames | people.frames | workforce.frames
    slow = workforce.frames["staff"]["staff_number"][int(workforce.project_supervisor[faults.supervisor_projects[0]])]
    return Estate(
        size=size,
        seed=seed,
        now=now,
        frames=frames | rosters(seed, now, frames),
        truth=truth(faults, estate, construction, slow, seconds // DAY_SECONDS),
        property=estate,
        construction=construction,
        people=people,
        workforce=workforce,
        faults=faults,
    )
