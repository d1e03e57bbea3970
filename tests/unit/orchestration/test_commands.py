"""What `anju` says to somebody who mistypes: one sentence and what to do, never a traceback and never a quiet zero."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.settings import Settings, get_settings
from ingestion.errors import IngestionError
from orchestration.command import app
from orchestration.errors import OrchestrationError


@pytest.fixture(autouse=True)
def settings_of_the_estate(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_HOME", str(installation.home))
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_value_that_no_row_has_is_named_beside_the_zero() -> None:
    said = run("metrics", "query", "--metrics", "ticket_count", "--where", "severity=urgentt", "--json")
    assert said.exit_code == 0
    assert '"ticket_count": 0' in said.stdout
    assert "No row of ticket_count has severity 'urgentt'. There is: urgent" in said.stderr


def test_nothing_is_said_of_values_that_rows_have() -> None:
    arguments = ["--where", "severity=urgent,normal", "--where", "metric_time>=2020-01-01"]
    assert run("metrics", "query", "--metrics", "ticket_count", *arguments).stderr == ""


def test_the_list_of_measures_shows_whole_names() -> None:
    said = run("metrics", "list").stdout
    assert "acknowledge_attainment" in said
    assert "…" not in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["metrics", "query", "--metrics", " , "], "Name at least one measure"),
        (["metrics", "query", "--metrics", "ticket_count", "--offset", "5"], "Add --drill"),
        (["metrics", "query", "--metrics", "ticket_count,reopen_rate", "--drill"], "rows of one measure"),
        (["feed", "quarantine", "show", "nope"], "There is no entity 'nope'"),
        (["feed", "quarantine", "show", "calls__call", "--rule", "nope"], "broke a rule 'nope'"),
        (["feed", "land", "nope"], "There is no source 'nope'"),
    ],
)
def test_a_wrong_request_is_answered_by_what_to_do(arguments: list[str], sentence: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, OrchestrationError | IngestionError)
    assert sentence in str(error)


def test_the_same_dimension_twice_is_asked_once() -> None:
    said = run("metrics", "query", "--metrics", "ticket_count,ticket_count", "--group-by", "severity,severity")
    assert said.exit_code == 0, said.output


@pytest.mark.parametrize("name", ["missing.csv", ""])
def test_a_file_that_is_none_is_refused_before_anything_starts(name: str, tmp_path: Path) -> None:
    said = run("feed", "land", "erp", str(tmp_path / name))
    assert said.exit_code == 2
    assert "Invalid value" in said.stderr


def test_rows_turned_away_are_found_by_the_rule_that_the_summary_names() -> None:
    summary = run("feed", "quarantine", "show", "--json").stdout
    assert "row_count" in summary
    shown = run("feed", "quarantine", "show", "calls__call")
    assert shown.exit_code == 0
    assert "Rows of calls__call turned away at landing" in shown.stdout
    assert "Rows of calls__call turned away between raw and clean: none." in shown.stdout
