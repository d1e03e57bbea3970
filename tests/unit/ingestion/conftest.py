"""What tests of ingestion share: an installation in an empty home, and a moment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from core.settings import Settings

NOW = dt.datetime(2026, 1, 6, 1, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with an empty home."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def now() -> dt.datetime:
    """The moment at which everything happens."""
    return NOW
