"""`python -m ops_db`: the server's life and the schema, as an operator types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import Settings

ROOT = Path(__file__).parents[3]


def _ops_db(settings: Settings, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"ANJU_HOME": str(settings.home), "ANJU_SYSTEM_STATE": str(settings.system_state)}
    command = [sys.executable, "-m", "ops_db", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=known | environment)


@pytest.mark.fault
def test_an_operator_starts_migrates_looks_and_stops(own_server: Settings) -> None:
    assert "listens on 127.0.0.1:" in _ops_db(own_server, "server", "start").stdout
    assert "newest schema" in _ops_db(own_server, "migrate").stdout
    status = json.loads(_ops_db(own_server, "server", "status", "--json").stdout)
    assert (status["state"], status["data_directory"]) == ("running", str(own_server.postgres / "data"))
    assert "has stopped" in _ops_db(own_server, "server", "stop").stdout
    assert "was not running" in _ops_db(own_server, "server", "stop").stdout


def test_an_error_of_ours_is_a_sentence_and_not_a_traceback(own_server: Settings) -> None:
    own_server.home.mkdir()
    (own_server.home / "secrets.json").write_text("{}", encoding="utf-8")
    outcome = _ops_db(own_server, "server", "start")
    assert outcome.returncode == 1
    assert "Restore it from a backup" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_configured_database_needs_no_server(own_server: Settings) -> None:
    outcome = _ops_db(own_server, "server", "start", ANJU_DATABASE_URL="postgresql+psycopg://u:p@db.example.com/anju")
    assert outcome.returncode == 0
    assert "not used" in outcome.stdout
