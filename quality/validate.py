"""Runs the expectations by Great Expectations, on pandas frames that hold only what a rule looks at.

Great Expectations has no engine for DuckDB: given one, every expectation quietly fails. An exception inside a result
is therefore an error of its own here, never a failed and never a kept expectation. Importing it takes seconds, so
that happens inside the functions that need it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl

from quality.expectations import CLEAN, MARTS, Filled, Fresh, Kept, Rare, Related, Rule, Steady, Unique, Volume, Within
from quality.marts import open_build, rows_of_marts, table_of
from quality.reports import Finding, GateReport, report
from quality.rule_sentences import broken, could_not_run

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

CLEAN_GATE: Final = "expectations_on_clean"
MARTS_GATE: Final = "expectations_on_marts"
ROW_COUNT: Final = "row_count"
_RULE: Final = "rule"


@dataclass(frozen=True)
class Surroundings:
    """What a table is compared with: its past, what came in, the time it is looked at, columns of other tables."""

    rows_before: int | None = None
    rows_in: int = 0
    as_of: dt.datetime | None = None
    counterparts: Mapping[Related, pl.Series] = field(default_factory=dict)


def has_expectations(table: str) -> bool:
    """Whether anything is expected of this clean table."""
    return table in CLEAN


def check_clean(
    table: str,
    frame: pl.DataFrame,
    previous: Mapping[str, Any] | None = None,
    *,
    rejected_count: int = 0,
    rules: Sequence[Rule] | None = None,
) -> GateReport:
    """Hold a clean table against what is expected of it; `rejected_count` rows were turned away from it.

    `previous` is `GateReport.measured` of the table before; without it nothing is compared. `rules` replaces those of
    the catalogue.
    """
    rules = CLEAN.get(table, ()) if rules is None else rules
    surroundings = Surroundings((previous or {}).get(ROW_COUNT), rows_in=frame.height + rejected_count)
    findings = _hold(table, frame, rules, surroundings)
    return report(CLEAN_GATE, findings, checked_count=len(rules), measured={ROW_COUNT: frame.height})


def check_marts(
    duckdb_path: Path, previous_path: Path | None = None, *, rules: Mapping[str, Sequence[Rule]] | None = None
) -> GateReport:
    """Hold the marts of a finished build against what is expected of them; drift is against `previous_path`."""
    rules = MARTS if rules is None else rules
    before = {} if previous_path is None else rows_of_marts(previous_path)
    findings: list[Finding] = []
    measured: dict[str, int] = {}
    with open_build(duckdb_path) as connection:
        for table, expected in rules.items():
            try:
                frame, surroundings = _read_mart(connection, table, expected, before.get(table))
            except duckdb.Error as error:
                findings += [could_not_run(table, rule, str(error)) for rule in expected]
                continue
            measured[table] = frame.height
            findings += _hold(table, frame, expected, surroundings)
    return report(MARTS_GATE, findings, checked_count=sum(map(len, rules.values())), measured=measured)


def _read_mart(
    connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule], rows_before: int | None
) -> tuple[pl.DataFrame, Surroundings]:
    relation = table_of(connection, table)
    wanted = {column for rule in rules if (column := getattr(rule, "column", None)) in relation.columns}
    as_of = None
    if any(isinstance(rule, Fresh) for rule in rules):
        as_of = table_of(connection, "fct_tickets").max("data_as_of").pl().item()
    counterparts = {
        rule: table_of(connection, rule.to_table).project(rule.to_column).distinct().pl().to_series()
        for rule in rules
        if isinstance(rule, Related)
    }
    # Without a column to look at, the first one tells how many rows there are.
    frame = relation.project(", ".join(sorted(wanted) or relation.columns[:1])).pl()
    return frame, Surroundings(rows_before, frame.height, as_of, counterparts)


def _hold(table: str, frame: pl.DataFrame, rules: Sequence[Rule], surroundings: Surroundings) -> list[Finding]:
    """What is wrong with `frame`."""
    findings = []
    expectations: dict[str, Expectation] = {}
    subjects: dict[str, pl.Expr] = {}
    for number, rule in enumerate(rules):
        column = getattr(rule, "column", None)
        if column is not None and column not in frame.columns:
            findings.append(could_not_run(table, rule, f"it has no column {column}"))
            continue
        expectation = _expectation(rule, str(number), surroundings)
        if expectation is not None:
            expectations[str(number)] = expectation
            if column is not None:
                subjects[str(number)] = _subject(rule, surroundings)
    looked_at = frame.select(pl.int_range(pl.len()).alias("row"), **subjects)
    # Nothing can be wrong with values that are not there; whether they may be missing is for Filled to say.
    for name in [name for name in subjects if not isinstance(rules[int(name)], Filled)]:
        if looked_at[name].null_count() == looked_at.height:
            del expectations[name]
    results = _results(looked_at, expectations)
    for name in expectations:
        rule, result = rules[int(name)], results[name]
        failure = _exception_in(result.exception_info)
        if failure is not None:
            findings.append(could_not_run(table, rule, failure))
        elif not result.success:
            findings.append(broken(table, rule, _observed(rule, result.result), surroundings.rows_before))
    return findings


def _subject(rule: Rule, surroundings: Surroundings) -> pl.Expr:
    """The column as Great Expectations shall see it: ages in days, flags and findings in other tables as 0 and 1."""
    match rule:
        case Fresh(column=column):
            as_of = pl.lit(surroundings.as_of, pl.Datetime("us", "UTC"))
            newest = pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
            return (as_of - newest).dt.total_seconds() / 86_400
        case Related(column=column):
            return pl.col(column).is_in(surroundings.counterparts[rule].implode()).cast(pl.Float64)
        case Rare(column=column):
            return pl.col(column).cast(pl.Float64)
        case Unique(column=column) | Filled(column=column) | Within(column=column):
            return pl.col(column)
        case Volume() | Steady() | Kept():
            return pl.lit(None)


def _expectation(rule: Rule, name: str, surroundings: Surroundings) -> Expectation | None:
    """The rule in the terms of Great Expectations, on the column `name`; None where there is no past to compare."""
    from great_expectations import expectations as gx  # noqa: PLC0415  It takes seconds to import.

    meta = {_RULE: name}
    match rule:
        case Volume(at_least=at_least):
            return gx.ExpectTableRowCountToBeBetween(min_value=at_least, meta=meta)
        case Steady():
            if surroundings.rows_before is None:
                return None
            fewest, most = rule.bounds(surroundings.rows_before)
            return gx.ExpectTableRowCountToBeBetween(min_value=fewest, max_value=most, meta=meta)
        case Kept():
            return gx.ExpectTableRowCountToBeBetween(min_value=rule.fewest(surroundings.rows_in), meta=meta)
        case Unique():
            return gx.ExpectColumnValuesToBeUnique(column=name, meta=meta)
        case Filled(share=share):
            return gx.ExpectColumnValuesToNotBeNull(column=name, mostly=share, meta=meta)
        case Within(low=low, high=high, share=share):
            return gx.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high, mostly=share, meta=meta)
        case Rare(share=share):
            return gx.ExpectColumnMeanToBeBetween(column=name, max_value=share, meta=meta)
        case Related(share=share):
            return gx.ExpectColumnMeanToBeBetween(column=name, min_value=share, meta=meta)
        case Fresh(days=days):
            return gx.ExpectColumnMinToBeBetween(column=name, max_value=days, meta=meta)


def _results(frame: pl.DataFrame, expectations: Mapping[str, Expectation]) -> dict[str, ExpectationValidationResult]:
    """What Great Expectations says of each, by the name of the expectation."""
    if not expectations:
        return {}
    import great_expectations as gx  # noqa: PLC0415  It takes seconds to import.
    from great_expectations.data_context.types import base as configuration  # noqa: PLC0415  As above.

    in_memory = configuration.DataContextConfig(
        store_backend_defaults=configuration.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=configuration.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=in_memory)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame.to_pandas()})
    suite = gx.ExpectationSuite(name="rules", expectations=list(expectations.values()))
    outcome: ExpectationSuiteValidationResult = batch.validate(suite, result_format="SUMMARY")
    return {
        (config.meta or {})[_RULE]: result
        for result in outcome.results
        if (config := result.expectation_config) is not None
    }


def _exception_in(info: Mapping[str, Any]) -> str | None:
    """The message of the exception in a result, which stands there itself or once for each metric."""
    for told in (info, *(value for value in info.values() if isinstance(value, Mapping))):
        if told.get("raised_exception"):
            return str(told.get("exception_message"))
    return None


def _observed(rule: Rule, result: Mapping[str, Any]) -> str:
    match rule:
        case Volume() | Steady() | Kept():
            return f"{result['observed_value']:,} rows"
        case Rare() | Related():
            return f"{result['observed_value']:.1%}"
        case Fresh():
            return f"the newest {result['observed_value']:.1f} days old"
        case Filled():
            return f"{result['unexpected_count']:,} rows without"
        case Unique() | Within():
            examples = ", ".join(str(value) for value in dict.fromkeys(result["partial_unexpected_list"][:20]))
            return f"{result['unexpected_count']:,} rows, among them {examples}"
