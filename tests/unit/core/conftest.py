"""The small estate, built and published once a run."""

from __future__ import annotations

import os

import pytest

from core.settings import Settings
from tests.small_estate import published_estate


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home in which the small estate is published."""
    base = tmp_path_factory.getbasetemp()
    return published_estate(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
