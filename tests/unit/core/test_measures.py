"""Figures of the small estate, counted by hand, and the rows behind them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import measures, semantic_layer
from core.measures import Condition, ConditionInvalid, DayMissing, DimensionUnknown, MeasureUnknown
from core.semantic_layer import Compiler, Measure, load_definitions
from core.settings import Settings
from core.warehouse import require_build

NO_SUCH = ("%", "';--", '"', "{{ 1 }}", "{% raw %}", "$v0", "\\", "\x00")


def figure(estate: Settings, name: str, *where: Condition, scope: tuple[str, ...] | None = None) -> dict[str, Any]:
    return measures.query(estate, [name], where=where, project_scope=scope).one()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ticket_count", 8),
        ("open_ticket_count", 3),
        ("building_count", 2),
        ("home_count", 3),
        ("acknowledge_working_minutes", 20 + 60 + 10 + 5 + 30),
        ("acknowledge_elapsed_minutes", 20 + 16 * 60 + 10 + 5 + 30),
        ("time_to_acknowledge", 25.0),
        ("time_to_acknowledge_median", 20.0),
        ("resolve_working_hours", 4.0 + 5.5 + 8.0 + 13.0),
        ("sla_decided_count", 4),
        ("sla_met_count", 2),
        ("hours_to_close_median", 26.0),
        ("days_to_close_median", 1.0),
        ("closed_within_24h_share", 2 / 5),
        ("repeated_ticket_count", 1),
        ("repeat_at_building_7d_count", 2),
        ("return_visit_count", 1),
        ("first_time_fix_count", 2),
        ("cost_total", 373.45),
        ("cost_recovered", 123.45),
        ("cost_recoverable", 173.45),
        ("payments_total", 150.05),
        ("home_months", 7.0),
        ("calls_received", 6),
        ("calls_offered", 5),
        ("call_answer_rate", 3 / 5),
        ("calls_fairly_offered", 4),
        ("lost_call_share", 3 / 6),
        ("answered_in_time_share", 2 / 6),
        ("backlog_age", 11 / 3),
        ("meter_readings", 0),
    ],
)
def test_a_figure_is_what_one_counts_by_hand(estate: Settings, name: str, expected: float) -> None:
    assert figure(estate, name)[name] == pytest.approx(expected)


def test_a_rate_of_too_few_cases_is_not_published_and_what_it_is_made_of_is(estate: Settings) -> None:
    assert figure(estate, "sla_attainment") == {
        "sla_attainment": None,
        "sla_attainment__numerator": 2,
        "sla_attainment__denominator": 4,
    }
    assert figure(estate, "acknowledge_attainment")["acknowledge_attainment"] == pytest.approx(4 / 5)
    assert figure(estate, "time_to_acknowledge_p90")["time_to_acknowledge_p90"] is None


def test_a_count_of_nothing_is_none_and_a_rate_of_nothing_is_no_figure(estate: Settings) -> None:
    nowhere = Condition("project", "eq", "HZ99")
    found = measures.query(estate, ["ticket_count", "cost_total", "recovery_rate"], where=[nowhere]).one()
    assert (found["ticket_count"], found["cost_total"], found["recovery_rate"]) == (0, 0, None)


def test_figures_are_grouped_by_month_and_by_name(estate: Settings) -> None:
    by_month = measures.query(estate, ["ticket_count"], ["metric_time__month"], order_by=["metric_time__month"])
    assert by_month.rows == [
        (dt.date(2026, 2, 1), 2),
        (dt.date(2026, 3, 1), 1),
        (dt.date(2026, 5, 1), 2),
        (dt.date(2026, 6, 1), 3),
    ]
    by_city = measures.query(estate, ["ticket_count", "cost_total"], ["city"], order_by=["-ticket_count"])
    assert by_city.columns == ("city", "ticket_count", "cost_total")
    assert by_city.rows == [("杭州", 5, pytest.approx(173.45)), ("宁波", 3, pytest.approx(200.0))]


def test_rows_without_a_value_are_found_by_none(estate: Settings) -> None:
    assert figure(estate, "ticket_count", Condition("home", "in", (None,)))["ticket_count"] == 1
    assert figure(estate, "ticket_count", Condition("home", "in", ("HZ01-01-101", None)))["ticket_count"] == 3
    assert figure(estate, "ticket_count", Condition("home", "is_null"))["ticket_count"] == 1
    assert figure(estate, "ticket_count", Condition("home", "not_in", ("HZ01-01-101",)))["ticket_count"] == 6
    assert figure(estate, "ticket_count", Condition("home", "in", ()))["ticket_count"] == 0


def test_what_comes_from_an_address_is_text_and_still_finds_flags_numbers_and_days(estate: Settings) -> None:
    assert figure(estate, "ticket_count", Condition("is_open", "eq", "true"))["ticket_count"] == 3
    assert figure(estate, "ticket_count", Condition("months_since_handover", "in", ("1", "0")))["ticket_count"] == 4
    assert figure(estate, "ticket_count", Condition("months_since_handover", "ge", "1"))["ticket_count"] == 2
    assert figure(estate, "ticket_count", Condition("metric_time", "ge", "2026-06-29"))["ticket_count"] == 2
    assert figure(estate, "ticket_count", Condition("metric_time__month", "eq", "2026-05-01"))["ticket_count"] == 2


def test_defects_are_compared_with_the_homes_that_could_report_them(estate: Settings) -> None:
    found = measures.query(estate, ["defect_rate"], ["months_since_handover"], order_by=["months_since_handover"])
    parts = [(months, defects, exposure) for months, _, defects, exposure in found.rows]
    # The second home's tickets came in the month of its handover, the first one's a month later; the third has none.
    assert parts == [(0, 2, 2.0), (1, 2, 1.0), (2, 0, 1.0), (3, 0, 1.0), (4, 0, 1.0), (5, 0, 1.0), (None, 2, 0)]
    by_cohort = measures.query(estate, ["defect_rate"], ["handover_cohort"], order_by=["handover_cohort"])
    assert [row[2:] for row in by_cohort.rows] == [(2, 6.0), (2, 1.0), (2, 0)]


def test_a_scope_goes_into_every_question(estate: Settings) -> None:
    assert figure(estate, "ticket_count", scope=("HZ02",))["ticket_count"] == 3
    assert figure(estate, "ticket_count", scope=())["ticket_count"] == 0
    asked_for_more = Condition("project", "in", ("HZ01", "HZ02"))
    assert figure(estate, "ticket_count", asked_for_more, scope=("HZ02",))["ticket_count"] == 3
    assert measures.drill(estate, "ticket_count", [asked_for_more], project_scope=("HZ02",)).row_count == 3
    # A call or payment that belongs to no project is for those who may see all of them.
    assert figure(estate, "payment_count", scope=("HZ01", "HZ02"))["payment_count"] == 0


def test_a_state_is_asked_for_by_day(estate: Settings) -> None:
    with pytest.raises(DayMissing, match="metric_time__day"):
        measures.query(estate, ["backlog"], ["project"])
    with pytest.raises(DayMissing):
        measures.drill(estate, "backlog")
    latest = measures.query(estate, ["backlog"], ["age_band"], [Condition("is_latest", "eq", True)], ["age_band"])
    assert latest.rows == [("00-03", 2), ("08-14", 1)]
    by_day = measures.query(
        estate, ["backlog"], ["metric_time__day"], [Condition("metric_time", "ge", "2026-06-28")], ["metric_time__day"]
    )
    assert [row[1] for row in by_day.rows] == [1, 2, 3]


def test_a_question_that_cannot_be_answered_says_what_to_ask_instead(estate: Settings) -> None:
    with pytest.raises(MeasureUnknown, match="anju metrics list"):
        measures.query(estate, ["mttr"])
    with pytest.raises(DimensionUnknown, match="severity"):
        measures.query(estate, ["ticket_count"], ["colour"])
    with pytest.raises(DimensionUnknown):
        measures.query(estate, ["calls_offered"], ["severity"])
    with pytest.raises(DimensionUnknown, match="sort"):
        measures.query(estate, ["ticket_count"], order_by=["ticket_count; drop table x"])
    with pytest.raises(ConditionInvalid, match="2026-01-31"):
        measures.query(estate, ["ticket_count"], where=[Condition("metric_time", "ge", "yesterday")])
    with pytest.raises(ConditionInvalid):
        measures.query(estate, ["ticket_count"], where=[Condition("severity", "like", "u%")])  # type: ignore[arg-type]  Wrong on purpose.


def test_a_condition_is_read_from_text() -> None:
    assert Condition.parse("severity=urgent") == Condition("severity", "eq", "urgent")
    assert Condition.parse("project != HZ01,HZ02") == Condition("project", "not_in", ("HZ01", "HZ02"))
    assert Condition.parse("metric_time>=2026-01-01") == Condition("metric_time", "ge", "2026-01-01")
    with pytest.raises(ConditionInvalid, match="severity=urgent"):
        Condition.parse("select 1")


@settings(max_examples=40)
@given(value=st.one_of(st.text(max_size=20), st.sampled_from(NO_SUCH)))
def test_a_value_is_compared_and_never_becomes_part_of_a_statement(estate: Settings, value: str) -> None:
    found = measures.query(estate, ["ticket_count"], where=[Condition("ticket__severity", "eq", value)])
    expected = {"normal": 7, "urgent": 1}.get(value, 0)
    assert found.one()["ticket_count"] == expected
    assert value not in found.sql or len(value) < 8


def test_every_measure_has_its_words_in_both_languages_and_can_be_asked(estate: Settings) -> None:
    everything = measures.catalogue(estate)
    assert len(everything) > 100
    for measure in everything:
        assert measure.label_zh != measure.label_en
        assert measure.definition.endswith(".")
        assert all(dimension.label_zh and dimension.label_en for dimension in measure.dimensions)
        assert measure.dimension("project") is not None, measure.name
        day = [Condition("is_latest", "eq", True)] if measure.is_by_day else []
        assert measures.query(estate, [measure.name], ["project"], day).columns[:2] == ("project", measure.name)
    assert len({measure.label_zh for measure in everything}) == len(everything)
    table = measures.catalogue_table(estate, "zh-CN")
    assert all(f"`{measure.name}`" in table for measure in everything)


def test_the_dimensions_of_a_measure_are_those_metricflow_knows(estate: Settings) -> None:
    definitions = load_definitions(require_build(estate).semantic_manifest)
    engine = Compiler.of(definitions)._engine
    for name in ("sla_attainment", "cost_total", "calls_offered", "defect_rate", "backlog", "csat_process"):
        ours = {one.name for one in definitions.measures[name].dimensions if one.kind != "entity"}
        known = {one.dunder_name for one in engine.simple_dimensions_for_metrics([name])}
        without_grain = {full.removesuffix("__day") for full in known}
        assert ours <= without_grain, ours - without_grain
        entities = {one.name for one in engine.entities_for_metrics([name])}
        assert {one.name for one in definitions.measures[name].dimensions if one.kind == "entity"} <= entities


CONDITIONS: tuple[tuple[Condition, ...], ...] = (
    (),
    (Condition("project", "eq", "HZ01"),),
    (Condition("project", "in", ("HZ02", None)),),
    (Condition("metric_time", "ge", dt.date(2026, 2, 20)), Condition("metric_time", "lt", dt.date(2026, 6, 1))),
    (Condition("project", "ne", "HZ01"), Condition("metric_time", "le", dt.date(2026, 5, 31))),
)


def behind(estate: Settings, measure: Measure, where: Sequence[Condition], part: measures.Part) -> tuple[int, float]:
    rows = measures.drill(estate, measure.name, where, part=part, limit=10_000)
    total = sum(row[rows.columns.index("value")] for row in rows.rows)
    assert len(rows.rows) == rows.row_count
    assert total == pytest.approx(rows.value_sum or 0)
    return rows.row_count, total


@settings(max_examples=80)
@given(data=st.data())
def test_the_rows_behind_a_figure_add_up_to_it(estate: Settings, data: st.DataObject) -> None:
    measure = data.draw(st.sampled_from(measures.catalogue(estate)))
    where = list(data.draw(st.sampled_from(CONDITIONS)))
    if measure.is_by_day:
        where.append(Condition("is_latest", "eq", True))
    found = measures.query(estate, [measure.name], where=where).one()
    if measure.kind == "count":
        assert behind(estate, measure, where, "numerator")[0] == found[measure.name]
    elif measure.kind == "sum":
        assert behind(estate, measure, where, "numerator")[1] == pytest.approx(found[measure.name])
    elif measure.kind == "distribution":
        assert behind(estate, measure, where, "numerator")[0] == found[f"{measure.name}__denominator"]
    elif measure.kind == "ratio":
        for part in ("numerator", "denominator"):
            count, total = behind(estate, measure, where, part)  # type: ignore[arg-type]  The two parts there are.
            stated = found[f"{measure.name}__{part}"]
            assert total == pytest.approx(stated)
            assert count == stated or "count" not in getattr(measure, part)


def test_rows_come_in_pages_newest_first_and_say_where_they_came_from(estate: Settings) -> None:
    first = measures.drill(estate, "sla_breached_count", limit=1)
    second = measures.drill(estate, "sla_breached_count", limit=1, offset=1)
    assert first.row_count == second.row_count == 2
    assert [page.records()[0]["ticket_number"] for page in (first, second)] == ["T00000003", "T00000002"]
    record = first.records()[0]
    assert (record["_source_table"], record["_source_key"], record["project_code"]) == ("ops__ticket", "t3", "HZ01")
    beyond = measures.drill(estate, "sla_breached_count", offset=10)
    assert (beyond.rows, beyond.row_count) == ([], 2)
    largest = measures.drill(estate, "cost_total", order="largest")
    assert [record["value"] for record in largest.records()] == [200.0, 123.45, 50.0]


def test_the_rows_of_a_rate_are_those_of_either_part(estate: Settings) -> None:
    met = measures.drill(estate, "sla_attainment")
    decided = measures.drill(estate, "sla_attainment", part="denominator")
    assert (met.row_count, decided.row_count) == (2, 4)
    across_tables = measures.drill(estate, "defect_rate", part="denominator")
    assert across_tables.value_sum == pytest.approx(7.0)


def test_a_question_is_compiled_once(estate: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = [Condition("severity", "eq", "urgent"), Condition("metric_time", "ge", "2026-01-01")]
    figure(estate, "ticket_count", *ask)
    compiler = Compiler.of(load_definitions(require_build(estate).semantic_manifest))
    monkeypatch.setattr(compiler, "_engine", None)
    other_values = [Condition("severity", "eq", "normal"), Condition("metric_time", "ge", "2026-03-01")]
    assert figure(estate, "ticket_count", *other_values)["ticket_count"] == 5


def test_many_threads_ask_at_once(estate: Settings) -> None:
    answers: list[int] = []

    def ask(severity: str) -> None:
        found = measures.query(estate, ["ticket_count"], ["project"], [Condition("severity", "eq", severity)])
        answers.append(sum(row[1] for row in found.rows))

    threads = [threading.Thread(target=ask, args=(code,)) for code in ("urgent", "normal") * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [1] * 6 + [7] * 6


def test_reading_the_catalogue_needs_no_metricflow(estate: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the catalogue is plain JSON")

    monkeypatch.setattr(semantic_layer.Compiler, "of", refuse)
    assert measures.catalogue(estate)
