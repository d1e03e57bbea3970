"""An installation with rows of every kind, its export, and installations that take it in; shared, and only read."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from core.settings import Settings
from ops_db.conversation.photos import store_bytes
from ops_db.engine import command_engine
from ops_db.export.arriving import ArrivalSummary, take_in
from ops_db.export.leaving import Options, Summary, export_everything
from ops_db.personal_data import PersonalData
from tests.every_kind import NOW, fill

PHOTO = b"bytes of a photo"
LAST_NUMBER = 41


@dataclass(frozen=True, slots=True)
class Installation:
    """A home and a database."""

    settings: Settings
    url: str

    def export(self, target: Path, **options: Any) -> Summary:
        """Export everything into `target`."""
        return export_everything(self.settings, self.url, target, Options(**options), now=NOW, tell=silent)

    def take_in(self, folder: Path, **options: Any) -> ArrivalSummary:
        """Take an export in."""
        return take_in(self.settings, self.url, folder, now=NOW, tell=silent, **options)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with command_engine(self.url).connect() as connection:
            found: int = connection.execute(text(f"select count(*) from ops.{table}")).scalar_one()
        return found


def silent(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


def installation_at(home: Path, url: str) -> Installation:
    """An installation with keys of its own."""
    home.mkdir()
    return Installation(Settings(home=home, database_url=SecretStr(url)), url)


@pytest.fixture
def make_installation(tmp_path: Path, new_database: Callable[[], str]) -> Callable[[], Installation]:
    """Makes empty installations."""
    numbers = iter(range(9))
    return lambda: installation_at(tmp_path / f"home-{next(numbers)}", new_database())


@pytest.fixture(scope="module")
def filled(module_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with two rows in every table, one photo, and a batch that another system sent."""
    made = installation_at(tmp_path_factory.mktemp("filled") / "home", module_database())
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    store_bytes(made.settings.attachments, PHOTO, sha256)
    with command_engine(made.url).begin() as connection:
        fill(connection, PersonalData.of(made.settings), photo_sha256=sha256)
        connection.execute(text("select setval('ops.ticket_number', :last)"), {"last": LAST_NUMBER})
    for entity in ("erp__price", "ops__ticket"):
        batch = made.settings.raw / entity / "20261120T000000Z-1"
        batch.mkdir(parents=True)
        (batch / "manifest.json").write_text("{}")
        (batch / "part-0.parquet").write_bytes(b"PAR1 of another system")
    whole = made.settings.raw / "erp__price" / "20261120T000000Z-1"
    shutil.copytree(whole, whole.with_name(".unfinished-1"))
    return made


@pytest.fixture(scope="module")
def exported(filled: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of `filled`, in both formats."""
    folder = tmp_path_factory.mktemp("exported") / "export"
    filled.export(folder)
    return folder


@pytest.fixture(scope="module")
def empty(module_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation that holds nothing, for what is refused."""
    return installation_at(tmp_path_factory.mktemp("empty") / "home", module_database())
