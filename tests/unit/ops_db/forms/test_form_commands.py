"""Forms as files on the command line: checked, taken over, put into use, printed again."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from core.settings import Settings
from ops_db.commands import form
from ops_db.forms.loading import REPORT_FILE, as_yaml, default_report


def test_a_form_that_cannot_work_is_named_with_its_place(tmp_path: Path) -> None:
    assert CliRunner().invoke(form.app, ["check", str(REPORT_FILE)]).exit_code == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text(REPORT_FILE.read_text(encoding="utf-8").replace("parent: building", "parent: attic"))
    checked = CliRunner().invoke(form.app, ["check", str(broken)])
    assert checked.exit_code == 1
    assert "home: There is no field attic" in checked.output


def test_a_form_goes_from_file_to_use_and_back(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(database_url=SecretStr(database_url))
    monkeypatch.setattr(form, "get_settings", lambda: settings)
    runner = CliRunner()
    assert "version 1 is a draft, fit to be published" in runner.invoke(form.app, ["import", str(REPORT_FILE)]).output
    assert runner.invoke(form.app, ["publish", "report"]).output == "report version 1 is in use.\n"
    assert runner.invoke(form.app, ["export", "report"]).output == as_yaml(default_report())
