"""Defect rates and their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import rates


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
)
def test_intervals_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    found = rates.poisson_interval(count)
    assert found == (pytest.approx(low, abs=0.005), pytest.approx(high, abs=0.005))


@given(st.integers(0, 5000), st.floats(1, 1e6))
def test_a_rate_lies_in_its_interval(count: int, exposure: float) -> None:
    found = rates.rate(count, exposure, least=0)
    assert found is not None
    assert found.value is not None
    assert found.low <= found.value <= found.high


def test_too_few_homes_are_no_rate() -> None:
    found = rates.rate(3, 19, least=20)
    assert found is not None
    assert found.value is None
    assert rates.rate(3, 0, least=20) is None


def test_a_home_is_at_risk_of_every_component() -> None:
    counts = [
        {"unit_type": "A", "component": "sink", "defects": 4},
        {"unit_type": "A", "component": "roof", "defects": 1},
        {"unit_type": "B", "component": "sink", "defects": 0},
        {"unit_type": "C", "component": "sink", "defects": 5},
    ]
    homes = [{"unit_type": "A", "homes": 50}, {"unit_type": "B", "homes": 20}]
    found = rates.cells(
        counts,
        homes,
        keys=["unit_type", "component"],
        exposed_by=["unit_type"],
        count="defects",
        exposure="homes",
        least=20,
    )
    assert {key: cell.value for key, cell in found.items()} == {("A", "sink"): 8.0, ("A", "roof"): 2.0}
