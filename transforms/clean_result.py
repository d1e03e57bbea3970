"""How a clean table comes out: rows that keep every rule of their schema, and the others with the rules they broke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

RULE_COLUMN: Final = "_rule"


@dataclass(frozen=True, slots=True)
class CleanResult:
    """A clean table before it is computed. `rejected` has the same columns and `_rule`, names joined by a comma."""

    accepted: pl.LazyFrame
    rejected: pl.LazyFrame

    def collect(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Accepted and rejected rows, computed together so that their common part runs once."""
        accepted, rejected = pl.collect_all([self.accepted, self.rejected])
        return accepted, rejected


def split_by_rules(frame: pl.LazyFrame, schema: type[dy.Schema]) -> CleanResult:
    """Split `frame` by the rules of `schema`; columns the schema does not know are dropped.

    Raises dataframely's SchemaError where a column is missing or of another type: that is a broken contract between
    the zones and no matter of single rows.
    """
    accepted, failure = schema.filter(frame)
    rules = failure._rule_columns  # noqa: SLF001  The public methods compute the frame, and this has to stay lazy.
    # Named as at landing: the column, then what is wrong with it.
    broken = pl.concat_list(pl.when(~pl.col(rule)).then(pl.lit(rule.replace("|", "."))) for rule in rules)
    rejected = failure._lf.select(  # noqa: SLF001  As above.
        *schema.column_names(), broken.list.drop_nulls().list.join(", ").alias(RULE_COLUMN)
    )
    return CleanResult(accepted.lazy(), rejected)
