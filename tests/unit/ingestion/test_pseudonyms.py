"""Pseudonyms: one person, one pseudonym, the operational database's own for phones; none can be guessed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from core.settings import Settings
from ingestion import cells
from ingestion.pseudonyms import PersonalKind, Pseudonyms
from ops_db.personal_data import PersonalData


@pytest.mark.parametrize(
    "written",
    ["13800001111", "+86 138-0000-1111", "0086 13800001111", "138 0000 1111", "0571-88886666", "+44 20 7946 0000"],
)
def test_a_phone_number_has_the_pseudonym_under_which_the_operational_database_finds_it(
    settings: Settings, written: str
) -> None:
    read = pl.DataFrame({"phone": [written]}).select(cells.phone(pl.col("phone"))).to_series()
    found = Pseudonyms(settings).of_column("phone", read).item()
    assert found == PersonalData.of(settings).phone_index(written).hex()


def test_pseudonyms_depend_on_the_installation_and_on_what_the_value_is(settings: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other", secret_key=SecretStr("x" * 40))
    kinds: tuple[PersonalKind, ...] = ("phone", "name", "key")
    made = {Pseudonyms(installation).of(kind, "13800001111") for installation in (settings, other) for kind in kinds}
    assert len(made) == 6


def test_nothing_stays_nothing_and_equal_stays_equal(settings: Settings) -> None:
    column = Pseudonyms(settings).of_column("name", pl.Series(["王小明", None, "王小明", "李"]))
    assert column[1] is None
    assert column[0] == column[2] != column[3]
    assert "王" not in "".join(column.drop_nulls())
