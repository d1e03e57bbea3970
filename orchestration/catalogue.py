"""What every asset is called, where it belongs and what it follows, taken from the rooms themselves."""

from __future__ import annotations

import fnmatch
import sys
from typing import Final

import dagster as dg

from ingestion.sources import SOURCES
from transforms.catalogue import CLEAN_TABLES

RAW: Final = "raw"
CLEAN: Final = "clean"
WAREHOUSE: Final = "warehouse"
DAILY_SOURCES: Final = ("calls", "meters")
"""Sources whose data has days, so that a day can be landed and looked at by itself."""


def raw_key(entity: str) -> dg.AssetKey:
    """Key of a landed entity, `ops__ticket` for example."""
    return dg.AssetKey([RAW, entity])


def clean_key(table: str) -> dg.AssetKey:
    """Key of a clean table."""
    return dg.AssetKey([CLEAN, table])


def warehouse_key(model: str) -> dg.AssetKey:
    """Key of a dbt model."""
    return dg.AssetKey([WAREHOUSE, model])


def first_sentence(text: str | None) -> str:
    """Return the first line of a docstring, which says what a thing is."""
    return (text or "").strip().split("\n", maxsplit=1)[0]


def raw_specs(source: str) -> list[dg.AssetSpec]:
    """One asset for each entity of a source."""
    about = first_sentence(sys.modules[SOURCES[source].land.__module__].__doc__)
    return [
        dg.AssetSpec(
            raw_key(entity),
            group_name=f"raw_{source}",
            description=f"{entity} as {source} said it. {about}",
            kinds={"parquet"},
        )
        for entity in entities(source)
    ]


def entities(source: str) -> list[str]:
    """Names of the raw tables of a source; one that takes what it finds (`ops__*`) lands what clean tables ask for."""
    asked = {
        name
        for table in CLEAN_TABLES.values()
        for name in table.inputs
        if name == table.name or name not in CLEAN_TABLES
    }
    named = SOURCES[source].entities
    return sorted({name for pattern in named for name in (fnmatch.filter(asked, pattern) or [pattern])})


def clean_specs() -> list[dg.AssetSpec]:
    """One asset for each clean table, following what it is made from."""
    return [
        dg.AssetSpec(
            clean_key(table.name),
            deps=[_input_key(table.name, name) for name in table.inputs],
            group_name=CLEAN,
            description=first_sentence(table.schema.__doc__),
            kinds={"polars", "parquet"},
        )
        for table in CLEAN_TABLES.values()
    ]


def _input_key(table: str, name: str) -> dg.AssetKey:
    return clean_key(name) if name in CLEAN_TABLES and name != table else raw_key(name)
