"""The published marts, and the measures with what they mean and what they are now: the analytical half of an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from core import measures
from core.measures import Condition
from core.semantic_layer import Measure
from core.settings import Settings
from core.warehouse import Build, open_build
from ops_db.export import contents, meanings
from ops_db.export.dictionary import file_entry
from ops_db.export.writing import TableFiles, as_csv

_BATCH_ROWS: Final = 50_000
_ASKED_AT_ONCE: Final = 20
_TABLES: Final = "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"


def write_marts(
    root: Path, build: Build, *, formats: Sequence[str], with_personal_data: bool, tell: Callable[[int], None]
) -> dict[str, Any]:
    """Write every mart of a published build; returns what the dictionary says of them."""
    described = _descriptions(build)
    entries, done = [], 0
    with open_build(build) as connection:
        for (name,) in connection.execute(_TABLES).fetchall():
            reader: Any = connection.sql(f'select * from marts."{name}"').to_arrow_reader(_BATCH_ROWS)  # noqa: S608  A name of dbt's.
            left_out = [] if with_personal_data else [n for n in reader.schema.names if n in contents.PERSONAL_IN_MARTS]
            schema = pa.schema([field for field in reader.schema if field.name not in left_out])
            with TableFiles(root, f"marts/{name}", schema, formats) as files:
                rows = 0
                for batch in reader:
                    table = pa.Table.from_batches([batch]).select(schema.names)
                    files.add(as_csv(table), table)
                    rows += table.num_rows
                    tell(done + rows)
                done += rows
                entries.append(_mart_entry(name, described.get(name, {}), schema, left_out, rows, files))
    return {
        "build_id": build.build_id,
        "published_at": build.published_at.isoformat(),
        "data_as_of": build.data_as_of.isoformat(),
        "tables": entries,
    }


def _mart_entry(
    name: str, described: dict[str, Any], schema: pa.Schema, left_out: list[str], rows: int, files: TableFiles
) -> dict[str, Any]:
    words = {key: column.get("description", "") for key, column in described.get("columns", {}).items()}
    return {
        "name": name,
        "meaning": {"en": described.get("description", ""), "zh": meanings.of_mart(name)},
        "row_count": rows,
        "files": [file_entry(file) for file in files.finished()],
        "columns": [
            {
                "name": field.name,
                "type": str(field.type),
                "unit": meanings.unit_of(name, field.name, str(field.type)),
                "meaning": {"en": words.get(field.name, ""), "zh": meanings.of_column(name, field.name).zh},
            }
            for field in schema
        ],
        "left_out": [{"name": one, "reason": contents.PERSONAL_REASON._asdict()} for one in left_out],
    }


def _descriptions(build: Build) -> dict[str, Any]:
    """What dbt's own manifest says of each model."""
    nodes = json.loads(build.dbt_manifest.read_text(encoding="utf-8"))["nodes"]
    return {node["name"]: node for node in nodes.values() if node["resource_type"] == "model"}


def write_measures(root: Path, settings: Settings, *, formats: Sequence[str]) -> list[dict[str, Any]]:
    """Write what each measure means, and what it is: in all and for each project."""
    catalogue = measures.catalogue(settings)
    definitions = pa.Table.from_pylist(
        [
            {
                "measure": one.name,
                "label_en": one.label_en,
                "label_zh": one.label_zh,
                "unit": one.unit,
                "good_direction": one.good_direction,
                "definition": one.definition,
                "minimum_n": one.minimum_n,
                "kind": one.kind,
            }
            for one in catalogue
        ]
    )
    found = sorted(_values(settings, catalogue), key=lambda row: (row["measure"], row["project"] or ""))
    values = pa.Table.from_pylist(found, schema=_VALUES)
    return [
        _written(root, "definitions", definitions, formats, "What each measure means.", "每个指标的含义"),
        _written(root, "values", values, formats, _VALUES_EN, "每个指标的值：总计（project 为空）及各项目"),
    ]


_VALUES_EN: Final = "What each measure is: in all, where project is null, and for each project."
_VALUES: Final = pa.schema(
    [
        ("measure", pa.string()),
        ("project", pa.string()),
        ("value", pa.float64()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
    ]
)


def _batched(measures_alike: Sequence[Measure]) -> Iterator[Sequence[Measure]]:
    for start in range(0, len(measures_alike), _ASKED_AT_ONCE):
        yield measures_alike[start : start + _ASKED_AT_ONCE]


def _values(settings: Settings, catalogue: Sequence[Measure]) -> Iterator[dict[str, Any]]:
    """Several measures are asked at once, which costs a tenth of asking each alone."""
    kinds = {(measure.is_by_day, measure.dimension("project") is not None) for measure in catalogue}
    for is_by_day, has_project in sorted(kinds):
        kind = (is_by_day, has_project)
        alike = [one for one in catalogue if (one.is_by_day, one.dimension("project") is not None) == kind]
        where = [Condition("is_latest", "eq", value=True)] if is_by_day else []
        for asked in _batched(alike):
            for grouping in [(), ("project",)] if has_project else [()]:
                names = [measure.name for measure in asked]
                for record in measures.query(settings, names, grouping, where, order_by=grouping).records():
                    if not grouping or record["project"] is not None:
                        yield from (_value(record, name) for name in names)


def _value(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "measure": name,
        "project": record.get("project"),
        "value": _number(record[name]),
        "numerator": _number(record.get(f"{name}__numerator")),
        "denominator": _number(record.get(f"{name}__denominator")),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _written(
    root: Path, name: str, table: pa.Table, formats: Sequence[str], meaning_en: str, meaning_zh: str
) -> dict[str, Any]:
    with TableFiles(root, f"measures/{name}", table.schema, formats) as files:
        files.add(as_csv(table), table)
        return {
            "name": name,
            "meaning": {"en": meaning_en, "zh": meaning_zh},
            "row_count": table.num_rows,
            "files": [file_entry(file) for file in files.finished()],
        }
