"""What must be on a ticket before a choice is taken, and how much of it is there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ops_db.process.node_parts import Evidence
from ops_db.process.offers import is_true


class Counted(NamedTuple):
    """One kind of evidence: the fact that counts it, how many there are and how many are needed."""

    fact: str
    present: int
    minimum: int

    @property
    def is_missing(self) -> bool:
        """Whether more is needed."""
        return self.present < self.minimum


def counted(evidence: Sequence[Evidence], facts: Mapping[str, Any]) -> list[Counted]:
    """The evidence asked for here and now, in its order; what is asked under a condition only where that holds."""
    return [Counted(one.fact, int(facts.get(one.fact, 0)), one.minimum) for one in evidence if is_true(one.when, facts)]
