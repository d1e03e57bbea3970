"""From records to what charts draw and tables show."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core import warehouse
from core.settings import Settings
from dashboards import backlog, rows
from dashboards.filters import FIELDS, OFFERED
from dashboards.opening import open_visit
from dashboards.sign_on import Account
from dashboards.visit import Visit


@pytest.fixture
def visit(settings: Settings) -> Visit:
    build = warehouse.current_build(settings)
    assert build is not None
    return open_visit(settings, build, Account("r", "R", "en", frozenset(), project_scope=None), "en", {})


@pytest.mark.parametrize("field", FIELDS)
def test_bars_are_named_by_any_field_and_hand_its_code_on(field: str, visit: Visit) -> None:
    records = [
        {FIELDS[field]: "X1", "sla_attainment": 0.5, "sla_attainment__denominator": 10},
        {FIELDS[field]: None, "sla_attainment": 0.25, "sla_attainment__denominator": 20},
        {FIELDS[field]: "X2", "sla_attainment": None, "sla_attainment__denominator": 2},
    ]
    first, second = rows.by_code(visit, records, field, "sla_attainment")
    assert (first["code"], first["shown"], first["n"]) == ("X1", "50.0%", "10")
    assert (second["code"], second["name"]) == ("-", "Not recorded")


def test_names_come_from_the_build_in_the_readers_language(visit: Visit) -> None:
    assert visit.names.name("component", "sink", "zh-CN") == "水槽"
    assert visit.names.name("component", "sink", "en") == "Sink"
    assert visit.names.name("project", "HZ01", "en") == "云栖里"
    assert visit.names.name("severity", "urgent", "zh-CN") == "紧急"
    assert set(visit.names.allowed()) >= set(OFFERED)


def test_a_measure_without_any_figure_has_no_line(visit: Visit) -> None:
    records = [
        {rows.MONTH: dt.date(2026, month, 1), "sla_attainment": value, "csat_process": None}
        for month, value in ((1, 0.5), (2, None))
    ]
    drawn = rows.by_month(visit, records, ["sla_attainment", "csat_process"])
    assert [(row["month"], row["series"], row["value"]) for row in drawn] == [
        ("2026-01", "SLA attainment", 0.5),
        ("2026-02", "SLA attainment", None),
    ]


def test_a_chart_and_a_card_write_a_time_in_the_same_unit(visit: Visit) -> None:
    in_days = replace(visit, hours_in="days")
    records = [{rows.MONTH: dt.date(2026, 1, 1), "time_to_resolve_median": 36.0}]
    (row,) = rows.by_month(in_days, records, ["time_to_resolve_median"])
    assert (row["value"], row["shown"], in_days.unit("time_to_resolve_median")) == (1.5, "1.5 d", "days")
    (row,) = rows.by_month(visit, records, ["time_to_resolve_median"])
    assert (row["value"], row["shown"], visit.unit("time_to_resolve_median")) == (36.0, "36.0 h", "hours")


def test_a_sentence_without_its_figure_is_not_said(visit: Visit) -> None:
    assert rows.noted(visit, {"cost_total": 5.0}, "{cost} in all", cost="cost_total") == "¥5.00 in all"
    assert rows.noted(visit, {"cost_total": None}, "{cost} in all", cost="cost_total") is None


def test_the_backlog_ends_with_the_day_to_which_the_data_reach(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "_MONTH_ENDS", backlog.on_day(dt.date(2026, 5, 31)))
    drawn = backlog.drawn(visit)
    assert drawn[-1]["day_name"] == "2026-06-30, as of"
    last = sum(row["value"] for row in drawn if row["day"] == "2026-06-30")
    assert last == backlog.latest(visit)["backlog"], "The last column is the figure of the card."
    monkeypatch.undo()
    assert "as of" not in str(backlog.drawn(visit)), "Here the data end with a month."
