"""Pretend estates in homes of the benchmarks' own, each prepared once a run and removed at its end."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from core.settings import Settings
from demo.installation import Plan, prepare
from ops_db.engine import command_engine
from ops_db.migrate import migrate
from ops_db.seed import seed
from ops_db.server import ensure_server
from tests.bench.home import Ended, bench_home, run_job

SEED = 7


@dataclass(frozen=True, slots=True)
class PreparedEstate:
    """An estate in the operational store, and what the systems around it have to say."""

    settings: Settings
    size: str
    files: Path

    def forget_everything(self) -> None:
        """Remove lake and warehouse, and drop all files again, as if nothing had ever been landed."""
        for folder in (self.settings.lake, self.settings.warehouse, self.settings.inbox):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.files, self.settings.inbox)

    def run(self, module: str, *arguments: str) -> Ended:
        """Run `python -m module` on this estate and measure it."""
        database, finance = self.settings.database_url, self.settings.finance_database_url
        assert database is not None
        assert finance is not None
        urls = {"database_url": database.get_secret_value(), "finance_database_url": finance.get_secret_value()}
        return run_job(self.settings, module, *arguments, **urls)


class Estates:
    """Prepares estates when they are first asked for; a context manager that removes them."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._prepared: dict[str, PreparedEstate] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def prepared(self, size: str) -> PreparedEstate:
        """The estate of that size."""
        if size not in self._prepared:
            self._prepared[size] = self._prepare(size)
        return self._prepared[size]

    def _prepare(self, size: str) -> PreparedEstate:
        settings = self._stack.enter_context(bench_home())
        url = ensure_server(settings)
        migrate(url)
        now = dt.datetime.now(dt.UTC)
        engine = command_engine(url)
        with engine.begin() as connection:
            seed(connection, now=now)
        engine.dispose()
        _, finance_url = prepare(settings, url, Plan(size, SEED, now))
        files = settings.home / "files"
        settings.inbox.rename(files)
        told = {"database_url": SecretStr(url), "finance_database_url": SecretStr(finance_url)}
        return PreparedEstate(settings.model_copy(update=told), size, files)
