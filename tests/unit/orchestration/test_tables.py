"""Rows on a terminal: whatever its width, nothing is cut off."""

from __future__ import annotations

import datetime as dt

import pytest

from orchestration.commands.tables import as_text, print_rows

ROWS = [
    {"project": "安屿·云岫雅苑", "ticket_count": 1_234_567, "satisfaction_with_the_service": 0.888_51},
    {"project": None, "ticket_count": 0, "satisfaction_with_the_service": None},
]


@pytest.mark.parametrize("columns", [300, 80, 40, 20])
def test_every_name_and_every_figure_is_whole(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_rows(ROWS, title="Projects")
    said = capsys.readouterr().out
    assert "…" not in said
    joined = "".join(said.split()) if columns < 40 else said
    for whole in ("安屿·云岫雅苑", "1,234,567", "0.8885"):
        assert whole in joined


def test_nothing_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], title="Files held")
    assert capsys.readouterr().out == "Files held: none.\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (12_345, "12,345"),
        (2.5, "2.5"),
        (1 / 3, "0.3333"),
        (100.0, "100"),
        (dt.date(2026, 11, 23), "2026-11-23"),
        (dt.datetime(2026, 11, 23, 8, 5, tzinfo=dt.UTC), "2026-11-23 08:05 UTC"),
    ],
)
def test_values_are_written_as_people_read_them(value: object, text: str) -> None:
    assert as_text(value) == text
