"""`python -m ops_db process` on files, as somebody types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops_db.process.loading import DEFINITIONS

ROOT = Path(__file__).parents[4]


def run(*arguments: str, module: str = "ops_db") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, "process", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("name", ["default", "property_repair"])
def test_a_shipped_process_is_checked_and_proved(name: str) -> None:
    assert "nothing to put right" in run("check", name).stdout
    proved = json.loads(run("simulate", name, "--json").stdout)
    assert proved
    assert all(one["is_passed"] for one in proved)


def test_a_spoiled_file_ends_with_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = (DEFINITIONS / "property_repair.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("default: is_costly", "default: nowhere"), encoding="utf-8")
    outcome = run("check", str(file), "--json")
    assert outcome.returncode == 1
    assert {"code": "unknown_node", "node": "is_structural"}.items() <= json.loads(outcome.stdout)[0].items()


def test_a_difference_ends_with_its_words(tmp_path: Path) -> None:
    pack = tmp_path / "mine.scenarios.yaml"
    text = (DEFINITIONS / "default.scenarios.yaml").read_text(encoding="utf-8")
    pack.write_text(text.replace("at: [dispatch], ticket_state: open", "at: [repair]"), encoding="utf-8")
    outcome = run("simulate", "default", str(pack))
    assert outcome.returncode == 1
    assert "step 3: the ticket should stand at repair, but stands at dispatch" in outcome.stdout
    assert "7 of 8 scenarios passed." in outcome.stdout


def test_anju_forwards_and_a_missing_file_is_a_sentence() -> None:
    outcome = run("check", "/nowhere/process.yaml", module="orchestration.command")
    assert (outcome.returncode, outcome.stderr.strip()) == (1, "There is no file /nowhere/process.yaml.")
