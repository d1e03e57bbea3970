"""What was not loaded, and why: single rows with the rule they broke, and whole files that could not be taken.

Rows lie as Parquet in `quarantine/<source>__<entity>/<batch_id>/`, beside the batch they came with; a held file is a
record in `quarantine/.held/<source>/`, its bytes stay in the source's inbox. Nothing here is ever edited: a repaired
row leaves by being landed again (`retry`), after which its old entry is kept out of sight.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict

from ingestion import landing
from ingestion.contracts import LINE, RULE, Contract
from ingestion.files import RAW_TEXT, TOO_FEW_CELLS, TOO_MANY_CELLS
from ingestion.pseudonyms import masked

SCHEMA: Final = pl.Schema(
    {
        "_source_file": pl.String(),
        LINE: pl.Int64(),
        RAW_TEXT: pl.String(),
        RULE: pl.String(),
        "_batch_id": pl.String(),
        "_seen_at": pl.Datetime("us", "UTC"),
    }
)

_HELD: Final = ".held"
_RETRIED: Final = ".retried-"
_SHORTEST_SECRET: Final = 2


class HeldFile(BaseModel):
    """A file that was not taken: `code` says why, the message tells the sender what to do."""

    model_config = ConfigDict(frozen=True)

    source: str
    name: str
    sha256: str
    code: str
    message: str
    seen_at: dt.datetime
    contract: str | None = None
    rows_in: int | None = None
    rejected_by_rule: dict[str, int] = {}
    examples: tuple[str, ...] = ()


def write_rows(
    quarantine_dir: Path, entity: str, batch_id: str, rejected: pl.DataFrame, *, source_file: str, now: dt.datetime
) -> None:
    """Keep rejected rows (`_source_line`, `_rule`, `_raw_text`) of one batch; called before the batch is committed."""
    if rejected.is_empty():
        return
    complete = rejected.with_columns(
        _source_file=pl.lit(source_file), _batch_id=pl.lit(batch_id), _seen_at=pl.lit(now)
    ).select(SCHEMA.names())
    folder = quarantine_dir / entity / batch_id
    unfinished = folder.with_name(f".unfinished-{batch_id}")
    unfinished.mkdir(parents=True, exist_ok=True)
    complete.cast(SCHEMA).sort(LINE).write_parquet(unfinished / "part-00000.parquet")
    unfinished.rename(folder)


def rows(quarantine_dir: Path, raw_dir: Path, entity: str) -> pl.DataFrame:
    """The rejected rows of one entity that are still open, in the order they came.

    Left out are those of a batch that was never committed (its run was killed, the file will come again), and of one
    that a later full read replaced (it has read them again).
    """
    committed = {manifest.batch_id for manifest in landing.current_batches(raw_dir, entity)}
    folders = sorted(path for path in (quarantine_dir / entity).glob("[!.]*") if path.name in committed)
    parts = [pl.read_parquet(folder / "part-00000.parquet") for folder in folders]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def counts(quarantine_dir: Path, raw_dir: Path) -> pl.DataFrame:
    """Open rejected rows: `entity`, `_rule`, `row_count`, most first."""
    found = [
        rows(quarantine_dir, raw_dir, entity).with_columns(entity=pl.lit(entity))
        for entity in landing.entities(raw_dir)
    ]
    everything = pl.concat(found) if found else pl.DataFrame(schema={**SCHEMA, "entity": pl.String()})
    return (
        everything.group_by("entity", RULE)
        .agg(row_count=pl.len())
        .sort("row_count", "entity", RULE, descending=[True, False, False])
    )


def set_retried(quarantine_dir: Path, entity: str, batch_id: str) -> None:
    """Take the rows of a batch out of sight once they have been landed or refused again."""
    folder = quarantine_dir / entity / batch_id
    folder.rename(folder.with_name(f"{_RETRIED}{batch_id}"))


def hold(quarantine_dir: Path, held: HeldFile) -> None:
    """Record that a file was not taken."""
    folder = quarantine_dir / _HELD / held.source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{held.sha256[:12]}.json").write_text(held.model_dump_json(indent=2), encoding="utf-8")


def held_files(quarantine_dir: Path, source: str | None = None) -> list[HeldFile]:
    """The files that were not taken, of one source or of all."""
    found = sorted((quarantine_dir / _HELD).glob(f"{source or '*'}/*.json"))
    return [HeldFile.model_validate_json(path.read_text(encoding="utf-8")) for path in found]


def release(quarantine_dir: Path, held: HeldFile) -> None:
    """Forget that a file was held, since it is being tried again."""
    (quarantine_dir / _HELD / held.source / f"{held.sha256[:12]}.json").unlink(missing_ok=True)


def without_personal_data(contract: Contract, rejected: pl.DataFrame, text_rows: pl.DataFrame) -> pl.DataFrame:
    """Rejected rows with `_raw_text` freed of what the contract calls personal; unchanged if it calls nothing so.

    `text_rows` are all rows as read, which tell the personal cells of the rejected ones.
    """
    if not contract.personal_columns:
        return rejected
    affected = text_rows.join(rejected.select(LINE), on=LINE, how="semi")
    secrets = sorted(
        {
            cell
            for name in contract.personal_columns
            if name in affected.columns
            for cell in affected[name].str.strip_chars().drop_nulls().unique()
            if len(cell) >= _SHORTEST_SECRET
        }
    )
    # A malformed line has no cells to tell apart, so every longer number in it might be one of a phone.
    is_malformed = pl.col(RULE).is_in([TOO_FEW_CELLS, TOO_MANY_CELLS])
    text = pl.when(is_malformed).then(pl.col(RAW_TEXT).str.replace_all(r"\d{5,}", "*****")).otherwise(RAW_TEXT)
    hidden = text.str.replace_many(secrets, ["***"] * len(secrets), leftmost=True) if secrets else text
    return rejected.with_columns(masked(hidden).alias(RAW_TEXT))
