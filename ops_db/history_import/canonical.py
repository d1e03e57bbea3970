"""The canonical frame of an older system's tickets: exactly these columns, whatever the older system was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ops_db.errors import InvalidInput

_BATCH_ROWS: Final = 50_000
_INSTANT: Final = pa.timestamp("us", tz="UTC")

COLUMNS: Final[dict[str, pa.DataType]] = {
    "source_system": pa.string(),
    "source_key": pa.string(),
    "number_hint": pa.string(),
    "project_code": pa.string(),
    "project_name": pa.string(),
    "city": pa.string(),
    "timezone": pa.string(),
    "building_code": pa.string(),
    "building_name": pa.string(),
    "building_address": pa.string(),
    "unit_code": pa.string(),
    "room_number": pa.string(),
    "category_code": pa.string(),
    "category_name": pa.string(),
    "component_code": pa.string(),
    "component_name": pa.string(),
    "defect_code": pa.string(),
    "defect_name": pa.string(),
    "trade": pa.string(),
    "is_public": pa.bool_(),
    "severity": pa.string(),
    "channel": pa.string(),
    "title": pa.string(),
    "description": pa.string(),
    "state": pa.string(),
    "source_state": pa.string(),
    "reported_at": _INSTANT,
    "closed_at": _INSTANT,
    "closed_at_precision": pa.string(),
    "is_state_in_doubt": pa.bool_(),
    "resolution_text": pa.string(),
    "attributes": pa.string(),
}
"""Names and types, in order; `ingestion` writes them."""

SQL_TYPES: Final = {pa.string(): "text", pa.bool_(): "boolean", _INSTANT: "timestamptz"}
"""The types of the same columns in Postgres."""


def csv_batches(file: Path) -> Iterator[bytes]:
    """The rows as CSV that Postgres copies in: null is nothing, an empty text is "". Raises InvalidInput."""
    try:
        parquet = pq.ParquetFile(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidInput("{file} is no Parquet file that can be read: {reason}.", file=file, reason=error) from error
    found = parquet.schema_arrow.names
    if found != list(COLUMNS):
        differing = sorted(set(found) ^ set(COLUMNS)) or ["their order"]
        raise InvalidInput(
            "{file} is no canonical ticket frame; it differs in {differing}. Make it with `anju import tickets`.",
            file=file,
            differing=", ".join(differing),
        )
    return _csv_batches(parquet)


def _csv_batches(parquet: pq.ParquetFile) -> Iterator[bytes]:
    schema = pa.schema(list(COLUMNS.items()))
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    for batch in parquet.iter_batches(_BATCH_ROWS):
        written = pa.BufferOutputStream()
        pa_csv.write_csv(pa.Table.from_batches([batch]).cast(schema), written, options)
        yield written.getvalue().to_pybytes()
