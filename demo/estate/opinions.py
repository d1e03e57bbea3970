"""What owners think of a repair: three scores that follow from how long it took, how often and who came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from demo.estate import phrases
from demo.estate.arrivals import Arrivals
from demo.estate.draws import Flags, Floats, Integers, instants, labels, stream, uuids
from demo.estate.journey_log import NEVER, quoted
from demo.estate.standing import Standing
from demo.estate.workforce import Workforce

_EXPECTED_HOURS: Final = 60.0
"""What owners find normal for a normal ticket, from report to repair."""
_COMMENT_SHARE: Final = 0.4
_SCORES: Final = ("process_score", "timeliness_score", "attitude_score")
_ALL_COMMENTS: Final = tuple(comment for comments in phrases.COMMENTS for comment in comments)
_FIRST_COMMENT: Final = np.concatenate([[0], np.cumsum([len(comments) for comments in phrases.COMMENTS])])


@dataclass(frozen=True, slots=True)
class Scores:
    """Stars of each ticket asked about, and whether and what its owner wrote."""

    stars: Integers
    comment: Integers
    has_comment: Flags

    def data(self, *, with_comment: bool) -> dict[str, pl.Series]:
        """What the acceptance of the process takes, as JSON."""
        given: dict[str, pl.Series] = {
            name: pl.Series(column) for name, column in zip(_SCORES, self.stars.T, strict=True)
        }
        return given | ({"comment": quoted(labels(_ALL_COMMENTS, self.comment))} if with_comment else {})


class Opinions:
    """Requests for an opinion and the answers, as rows of the table `rating`."""

    def __init__(self, seed: int, part: int, now: int) -> None:
        self.now = now
        self.rng = stream(seed, "opinions", part)
        # How owners like a technician does not depend on which part of the tickets is looked at.
        self.liking = stream(seed, "liking").normal(0, 0.28, 10_000)
        self._rows: list[dict[str, Any]] = []

    def ask(self, standing: Standing, tickets: Integers, moment: Integers) -> None:
        """Ask about a repair, unless an earlier question waits still."""
        asked = (moment <= self.now) & (standing.rating_asked[tickets] == NEVER)
        standing.rating_asked[tickets[asked]] = moment[asked]
        standing.rated_technician[tickets[asked]] = standing.technician[tickets[asked]]

    def will_answer(self, rng: np.random.Generator, has_owner: Flags, is_online: Flags) -> Flags:
        """Whether owners answer; those who reported online do oftener."""
        return has_owner & (rng.random(len(has_owner)) < np.where(is_online, 0.58, 0.42))

    def answer(
        self, standing: Standing, arrivals: Arrivals, tickets: Integers, moment: Integers, answered: Flags, pace: Floats
    ) -> Scores:
        """The scores of all `tickets`; rows are written for those that `answered` by now."""
        count = len(tickets)
        hours = (standing.at[tickets] - arrivals.reported[tickets]) / 3600.0
        delay = np.log1p(hours / (_EXPECTED_HOURS * np.sqrt(pace)))
        mood = (
            5.1
            - 0.42 * (standing.rounds[tickets] - 1)
            - 0.35 * standing.was_late[tickets]
            - 0.5 * arrivals.is_repeat[tickets]
        )
        mood += self.rng.normal(0, 0.55, count)
        liking = self.liking[standing.technician[tickets] % len(self.liking)]
        process = mood - 0.55 * delay + 0.5 * liking
        timeliness = mood - 0.95 * delay
        attitude = mood - 0.25 * delay + liking + 0.15
        exact = np.stack([process, timeliness, attitude], axis=1) + self.rng.normal(0, 0.25, (count, 3))
        stars = np.clip(np.round(exact), 1, 5).astype(np.int64)
        overall = np.clip(np.round(stars.mean(axis=1)), 1, 5).astype(np.int64) - 1
        comment = _FIRST_COMMENT[overall]
        comment += np.floor(self.rng.random(count) * np.diff(_FIRST_COMMENT)[overall]).astype(np.int64)
        scores = Scores(stars, comment, self.rng.random(count) < _COMMENT_SHARE)
        self._write(standing, tickets, moment, answered & (moment <= self.now), scores)
        return scores

    def leave_unanswered(self, standing: Standing) -> None:
        """Write the requests that nobody has answered."""
        waiting = np.flatnonzero(standing.rating_asked != NEVER)
        none = Scores(
            np.zeros((len(waiting), 3), dtype=np.int64), np.full(len(waiting), -1), np.zeros(len(waiting), dtype=bool)
        )
        moment = np.full(len(waiting), NEVER)
        self._write(standing, waiting, moment, np.ones(len(waiting), dtype=bool), none)

    def _write(self, standing: Standing, tickets: Integers, moment: Integers, chosen: Flags, scores: Scores) -> None:
        mine = tickets[chosen]
        self._rows.append(
            {
                "ticket": mine,
                "technician": standing.rated_technician[mine],
                "requested": standing.rating_asked[mine],
                "rated": moment[chosen],
                "comment": np.where(scores.has_comment, scores.comment, -1)[chosen],
                "stars": scores.stars[chosen],
            }
        )
        standing.rating_asked[mine] = NEVER

    def frame(self, rng: np.random.Generator, ticket_ids: pl.Series, workforce: Workforce) -> pl.DataFrame:
        """The table `rating`."""
        columns = {name: np.concatenate([row[name] for row in self._rows]) for name in self._rows[0]}
        is_rated = columns["rated"] != NEVER
        stars = pl.DataFrame(columns["stars"], schema=dict.fromkeys(_SCORES, pl.Int16), orient="row")
        scores = stars.select(pl.when(pl.Series(is_rated)).then(pl.all()).name.keep())
        return pl.DataFrame(
            {
                "id": uuids(rng, columns["requested"]),
                "ticket_id": ticket_ids.gather(columns["ticket"]),
                "technician_id": labels(workforce.staff_ids, columns["technician"]),
                "requested_at": instants(columns["requested"]),
                "rated_at": instants(np.where(is_rated, columns["rated"], 0), is_known=is_rated),
                **scores.to_dict(),
                "comment": labels(_ALL_COMMENTS, columns["comment"]),
            }
        )
