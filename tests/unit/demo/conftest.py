"""One small estate for all tests of the demonstration."""

from __future__ import annotations

import datetime as dt

import pytest

from demo.estate.generate import Estate, generate

NOW = dt.datetime(2026, 3, 18, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def small_estate() -> Estate:
    """The small estate of seed 7 on a Wednesday afternoon."""
    return generate("small", 7, NOW)
