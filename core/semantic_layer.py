"""The definitions of the measures as a build carries them, and the compiler that turns a question into SQL.

Definitions are read from the build's semantic manifest as plain JSON, which costs milliseconds. MetricFlow is imported
(2.6 s) only when a question has to be compiled that this process has not compiled before; one engine serves every
build with the same definitions.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

METRIC_TIME: Final = "metric_time"
ROW_NUMBER: Final = "rowid"
"""DuckDB's own number of a row, an entity of every table that is counted: joined by it, rows are found at once."""

GRAINS: Final = ("day", "week", "month", "quarter", "year")

MOST_REMEMBERED: Final = 2_000
"""Statements kept by one compiler, some 5 MB; questions come in far fewer shapes, since values are no part of them."""

Kind = Literal["count", "sum", "extreme", "distribution", "ratio"]

_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "count": "count",
        "sum_boolean": "count",
        "sum": "sum",
        "max": "extreme",
        "min": "extreme",
        "median": "distribution",
        "percentile": "distribution",
    }
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something a measure can be filtered and grouped by."""

    name: str
    label_zh: str
    label_en: str
    kind: Literal["time", "entity", "category"]


@dataclass(frozen=True, slots=True)
class Model:
    """The table a measure counts, and how its rows are shown."""

    name: str
    relation: str
    label_zh: str
    label_en: str
    key: str
    key_column: str
    row: str
    source_table: str
    source_key: str
    newest_first: str | None
    shown: tuple[str, ...]
    dimensions: tuple[Dimension, ...] = ()
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what it is called, what it means, and what it may be asked by.

    `unit` names what the figure counts (`share` is a fraction of 1). A figure of fewer than `minimum_n` cases, counted
    by `denominator`, is not published. `values` names the measure whose rows stand behind it where it is no sum itself.
    """

    name: str
    label_zh: str
    label_en: str
    unit: str
    good_direction: Literal["up", "down", "none"]
    definition: str
    minimum_n: int
    dimensions: tuple[Dimension, ...]
    kind: Kind
    numerator: str | None = None
    denominator: str | None = None
    values: str | None = None
    beside: str | None = None
    is_by_day: bool = False
    model: str | None = field(default=None, repr=False)

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of that name; a short name stands for the nearest one that ends in it."""
        exact = {dimension.name: dimension for dimension in self.dimensions}
        if name in exact:
            return exact[name]
        ending = [dimension for dimension in self.dimensions if dimension.name.endswith(f"__{name}")]
        # Dimensions of the measure's own rows are listed before those of what the rows belong to.
        return ending[0] if ending else None


@dataclass(frozen=True)
class Definitions:
    """All measures of a build."""

    manifest: str
    measures: Mapping[str, Measure]
    models: Mapping[str, Model]

    @cached_property
    def fingerprint(self) -> str:
        """Equal exactly for builds that define everything alike."""
        return hashlib.sha256(self.manifest.encode()).hexdigest()


@lru_cache(maxsize=4)
def load_definitions(path: Path) -> Definitions:
    """The definitions in a semantic manifest; a published one never changes, so they are read once."""
    manifest = path.read_text(encoding="utf-8")
    content = json.loads(manifest)
    models = {model["name"]: _model(model) for model in content["semantic_models"]}
    by_key = {model.key: model for model in models.values()}
    parts = {
        part["name"]: (part, models[model["name"]])
        for model in content["semantic_models"]
        for part in model["measures"]
    }
    measures: dict[str, Measure] = {}
    for metric in sorted(content["metrics"], key=lambda one: one["type"] != "simple"):
        measures[metric["name"]] = (
            _simple_measure(metric, *parts[metric["type_params"]["measure"]["name"]], by_key)
            if metric["type"] == "simple"
            else _compound_measure(metric, measures)
        )
    return Definitions(manifest, MappingProxyType(measures), MappingProxyType(models))


def _model(content: dict[str, Any]) -> Model:
    meta = content["config"]["meta"]
    primary = next(entity for entity in content["entities"] if entity["type"] == "primary")
    key_column = primary["expr"] or primary["name"]
    local = [
        *(_entity(entity) for entity in content["entities"] if entity["type"] == "foreign"),
        *(_dimension(dimension, primary["name"]) for dimension in content["dimensions"]),
    ]
    return Model(
        name=content["name"],
        relation=content["node_relation"]["relation_name"],
        label_zh=meta.get("label_zh", content["label"]),
        label_en=content["label"],
        key=primary["name"],
        key_column=key_column,
        row=next((entity["name"] for entity in content["entities"] if entity["expr"] == ROW_NUMBER), ""),
        source_table=meta.get("source_table", ""),
        source_key=meta.get("source_key", key_column),
        newest_first=meta.get("newest_first"),
        shown=tuple(meta.get("shown", ())),
        dimensions=tuple(local),
        entities=tuple(entity["name"] for entity in content["entities"] if entity["type"] == "foreign"),
    )


def _entity(content: dict[str, Any]) -> Dimension:
    return Dimension(content["name"], content["config"]["meta"]["label_zh"], content["label"], "entity")


def _dimension(content: dict[str, Any], prefix: str) -> Dimension:
    kind: Literal["time", "category"] = "time" if content["type"] == "time" else "category"
    name = f"{prefix}__{content['name']}"
    return Dimension(name, content["config"]["meta"]["label_zh"], content["label"], kind)


def _simple_measure(metric: dict[str, Any], part: dict[str, Any], model: Model, by_key: Mapping[str, Model]) -> Measure:
    # A metric made of a measure of the same name has no words of its own; the measure holds them.
    meta = part["config"]["meta"] if part["name"] == metric["name"] else metric["config"]["meta"]
    linked = [
        dimension
        for entity in model.entities
        if entity in by_key
        for dimension in by_key[entity].dimensions
        if dimension.kind != "entity"
    ]
    own_entity = Dimension(model.key, model.label_zh, model.label_en, "entity")
    time = Dimension(METRIC_TIME, "时间", "Time", "time")
    return _measure(
        metric,
        meta,
        dimensions=(time, *model.dimensions, own_entity, *linked),
        kind=_KINDS[part["agg"]],
        denominator=meta.get("sample"),
        model=model.name,
    )


def _compound_measure(metric: dict[str, Any], measures: Mapping[str, Measure]) -> Measure:
    meta = metric["config"]["meta"]
    parameters = metric["type_params"]
    numerator = parameters["numerator"]["name"] if metric["type"] == "ratio" else meta["numerator"]
    denominator = parameters["denominator"]["name"] if metric["type"] == "ratio" else meta["denominator"]
    known = {dimension.name for dimension in measures[denominator].dimensions}
    return _measure(
        metric,
        meta,
        dimensions=tuple(one for one in measures[numerator].dimensions if one.name in known),
        kind="ratio",
        numerator=numerator,
        denominator=denominator,
    )


def _measure(metric: dict[str, Any], meta: dict[str, Any], **parts: Any) -> Measure:
    return Measure(
        name=metric["name"],
        label_zh=meta["label_zh"],
        label_en=metric["label"],
        unit=meta["unit"],
        good_direction=meta["good"],
        definition=metric["description"],
        minimum_n=meta.get("minimum_n", 0),
        values=meta.get("values"),
        beside=meta.get("beside"),
        is_by_day=meta.get("by_day", False),
        **parts,
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What MetricFlow is asked. Conditions are its templates, with placeholders where values belong."""

    metrics: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


class Compiler:
    """MetricFlow over one set of definitions; it compiles and never connects to anything."""

    _shared: Final[dict[str, Compiler]] = {}
    _lock: Final = threading.Lock()

    def __init__(self, manifest: str) -> None:
        # MetricFlow takes seconds to import, which no command should pay that asks for no figure.
        from metricflow.engine.metricflow_engine import MetricFlowEngine  # noqa: PLC0415  Imported late, as said.
        from metricflow_semantics.model.dbt_manifest_parser import (  # noqa: PLC0415  Imported late, as said.
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup  # noqa: PLC0415  Imported late, as said.

        # It warns about every metric that dbt made of a measure, although dbt wrote it as it should be.
        logging.getLogger("metricflow_semantic_interfaces").setLevel(logging.ERROR)
        parsed = parse_manifest_from_dbt_generated_manifest(manifest)
        self._engine = MetricFlowEngine(SemanticManifestLookup(parsed), _dialect())
        self._compiled: dict[Question, str] = {}

    @classmethod
    def of(cls, definitions: Definitions) -> Compiler:
        """The compiler of these definitions, made once in a process."""
        with cls._lock:
            if definitions.fingerprint not in cls._shared:
                cls._shared.clear()
                cls._shared[definitions.fingerprint] = cls(definitions.manifest)
            return cls._shared[definitions.fingerprint]

    def sql(self, question: Question) -> str:
        """The statement that answers `question`; compiled once, then remembered."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest  # noqa: PLC0415  Imported late, as said.

        # MetricFlow numbers its sub-queries from one counter of the process, so it answers one at a time.
        with self._lock:
            if question not in self._compiled:
                if len(self._compiled) >= MOST_REMEMBERED:
                    self._compiled.clear()
                request = MetricFlowQueryRequest.create(
                    metric_names=list(question.metrics),
                    group_by_names=list(question.group_by) or None,
                    where_constraints=list(question.conditions) or None,
                )
                self._compiled[question] = self._engine.explain(request).sql_statement.sql
            return self._compiled[question]


def _dialect() -> Any:
    """What MetricFlow has to know of the database: its dialect. It is never given a connection."""
    from metricflow.protocols.sql_client import SqlEngine  # noqa: PLC0415  Imported late, as said.
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer  # noqa: PLC0415  Imported late, as said.

    class Dialect:
        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    return Dialect()
