"""The assets on their own: what a run makes of a source that does not answer."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from core.settings import get_settings
from orchestration import catalogue, feed_assets


@pytest.fixture
def silent_crm(anju_home: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose CRM listens nowhere."""
    monkeypatch.setenv("ANJU_CRM_URL", f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("ANJU_CRM_TOKEN", "token")
    monkeypatch.setattr(feed_assets, "RETRIES", 0)
    get_settings.cache_clear()
    return anju_home


@pytest.mark.usefixtures("silent_crm")
def test_a_silent_source_turns_its_check_red_and_keeps_no_other_step_waiting() -> None:
    land = feed_assets.raw_assets("crm")
    after = dg.AssetSpec("after", deps=[catalogue.raw_specs("crm")[0].key])

    @dg.multi_asset(specs=[after])
    def follow() -> None:
        """Stands for everything that is made from the source."""

    result = dg.materialize([land, follow], raise_on_error=False)

    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == (feed_assets.LANDED, False)
    assert "http://127.0.0.1" in str(check.metadata["problems"].value)
    assert [event.asset_key for event in result.get_asset_materialization_events()][-1] == after.key
