"""From records to what charts draw and tables show."""

from __future__ import annotations

import datetime as dt

import pytest

from core import warehouse
from core.settings import Settings
from dashboards import rows
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
