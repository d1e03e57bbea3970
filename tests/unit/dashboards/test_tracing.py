"""The heatmap: what it shows of all there is."""

from __future__ import annotations

import pytest

from dashboards import tracing
from dashboards.rates import Rate, rate
from tests.unit.dashboards.conftest import Open, SessionService


def cell(count: int, homes: int) -> Rate:
    found = rate(count, homes, least=5)
    assert found is not None
    return found


def estate_of(types: int) -> dict[tuple[str, ...], Rate]:
    """Many large unit types with ordinary rates, and one small one that is bad beyond chance."""
    ordinary = {(f"T{number:02}", "sink"): cell(200 - number, 1000) for number in range(types - 1)}
    return ordinary | {("SMALL", "roof"): cell(30, 20)}


def test_a_small_unit_type_that_is_surely_bad_is_not_left_out() -> None:
    found = estate_of(35)
    shown = tracing.extent(found, "unit_type", "component", is_all=False)
    assert "SMALL" in shown.rows
    assert {key for key, _ in tracing.worst(found)} <= {(row, column) for row in shown.rows for column in shown.columns}
    assert (len(shown.rows), shown.row_count) == (tracing.MOST_ROWS + 1, 35)
    assert not shown.is_all


def test_everything_is_shown_when_it_is_asked_for_or_fits() -> None:
    assert tracing.extent(estate_of(35), "unit_type", "component", is_all=True).is_all
    assert tracing.extent(estate_of(5), "unit_type", "component", is_all=False).is_all


def test_how_much_is_shown_is_said_and_the_rest_is_offered(
    open_page: Open, service: SessionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add("reader", language="en")
    monkeypatch.setattr(tracing, "MOST_ROWS", 1)
    monkeypatch.setattr(tracing, "worst", lambda _found: [])
    asked = {"rows": ["handover"], "columns": ["component"], "basis": ["months"], "period": ["all"]}
    test = open_page("quality", "reader", **asked)
    (said,) = [caption.value for caption in test.caption if "shown" in caption.value]
    assert said.startswith("Month of handover: 1 of 2 shown")
    test.toggle(key="tracing_everything").set_value(True).run()
    assert test.query_params[tracing.EVERYTHING] == "1"
    (said,) = [caption.value for caption in test.caption if "shown" in caption.value]
    assert said.startswith("Month of handover: 2 of 2 shown")
