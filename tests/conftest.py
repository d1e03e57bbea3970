"""What every test may ask for: a Postgres, a fresh database, a home, the public data sets, a browser.

One throw-away Postgres serves a whole run, whatever the number of workers; it starts when a test first needs it.
Tests of crashes ask for `own_server`, which is durable and theirs alone.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psutil
import psycopg
import pytest
from filelock import FileLock
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import make_url

from core.identifiers import uuid7
from core.settings import Settings, get_settings
from ops_db.migrate import migrate
from ops_db.server import ROLE, admin_connection, ensure_server, stop_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
TEMPLATE = "anju_template"
RUN_PREFIX = "anju-tests-"
CHROMIUM_SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
MEMORY = Path("/dev/shm")
PLENTY = 12 * 1024**3
PLACES = {MEMORY, Path(tempfile.gettempdir())}
INSTALLATIONS = ("installation", "city")
INSTALLATION_STEPS = (
    ("ops_db", "migrate"),
    ("ops_db", "seed"),
    ("demo", "prepare", "--size", "small", "--seed", "7"),
    ("orchestration.command", "pipeline", "run", "--json"),
)

run_directory_key = pytest.StashKey[Path]()

# A busy machine draws its examples slowly, which says nothing about the code.
hypothesis.settings.register_profile(
    "house", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the settings of whoever runs the tests out, and agree on one directory for the run."""
    for name in [name for name in os.environ if name.startswith("ANJU_") and name != "ANJU_REAL_DATA"]:
        del os.environ[name]
    Settings.model_config["env_file"] = None
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[run_directory_key] = Path(worker_input["run_directory"])
        return
    _remove_abandoned_runs()
    config.stash[run_directory_key] = _enterable_directory(f"{RUN_PREFIX}{os.getpid()}-", within=_quickest_place())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long runs to whoever asks for them with `-m long`."""
    if "long" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="It runs for many minutes; ask for it with -m long."))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker the directory of the run."""
    node.workerinput["run_directory"] = str(node.config.stash[run_directory_key])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's Postgres, if a test started it."""
    run_directory = config.stash.get(run_directory_key, None)
    if run_directory is not None and not hasattr(config, "workerinput"):
        _remove_run(run_directory)


def _enterable_directory(prefix: str, *, within: Path | None = None) -> Path:
    # pytest's own temporary directories are closed to the account under which root runs Postgres.
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
    directory.chmod(0o711)
    return directory


def _quickest_place() -> Path:
    """Memory where there is plenty of it: a run copies a thousand databases, each ten times as fast as on a disk."""
    if MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) > PLENTY:
        return MEMORY
    return Path(tempfile.gettempdir())


def _remove_abandoned_runs() -> None:
    """Stop what a killed run left behind: its directory names the process that owned it."""
    for directory in [found for place in PLACES for found in place.glob(f"{RUN_PREFIX}*-*")]:
        owner = directory.name.removeprefix(RUN_PREFIX).split("-")[0]
        if directory.stat().st_uid == os.geteuid() and not psutil.pid_exists(int(owner)):
            _remove_run(directory)


def _remove_run(run_directory: Path) -> None:
    for name in ("home", *INSTALLATIONS):
        stop_server(_run_settings(run_directory, name))
    shutil.rmtree(run_directory, ignore_errors=True)


def _run_settings(run_directory: Path, name: str = "home") -> Settings:
    return Settings(home=run_directory / name, system_state=run_directory / "system", postgres_durable=False)


@pytest.fixture(scope="session")
def run_directory(pytestconfig: pytest.Config) -> Path:
    """A directory shared by all workers of this run, removed at its end."""
    return pytestconfig.stash[run_directory_key]


@pytest.fixture(scope="session")
def postgres_url(run_directory: Path) -> str:
    """Address of the run's Postgres, at a database without tables."""
    return ensure_server(_run_settings(run_directory))


@pytest.fixture(scope="session")
def template_database(postgres_url: str, run_directory: Path) -> str:
    """Name of a database built by the migrations, from which each test's own is copied."""
    ready = run_directory / "template-ready"
    with FileLock(run_directory / "template.lock"):
        if not ready.exists():
            with _administrator(postgres_url, run_directory) as connection:
                connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(TEMPLATE)))
                _create_database(connection, TEMPLATE, template="template0")
            migrate(_address_of(postgres_url, TEMPLATE))
            ready.touch()
    return TEMPLATE


@contextmanager
def _databases(postgres_url: str, template_database: str, run_directory: Path) -> Iterator[Callable[[], str]]:
    names = []

    def make() -> str:
        name = f"test_{uuid7().hex}"
        with _administrator(postgres_url, run_directory) as connection:
            _create_database(connection, name, template=template_database)
        names.append(name)
        return _address_of(postgres_url, name)

    yield make
    with _administrator(postgres_url, run_directory) as connection:
        for name in names:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def new_database(postgres_url: str, template_database: str, run_directory: Path) -> Iterator[Callable[[], str]]:
    """Makes fresh, migrated databases of this test's own and returns their addresses."""
    with _databases(postgres_url, template_database, run_directory) as make:
        yield make


@pytest.fixture(scope="module")
def module_database(postgres_url: str, template_database: str, run_directory: Path) -> Iterator[Callable[[], str]]:
    """Makes fresh, migrated databases that the tests of a module share."""
    with _databases(postgres_url, template_database, run_directory) as make:
        yield make


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """Address of a fresh, migrated database of this test's own."""
    return new_database()


def _administrator(postgres_url: str, run_directory: Path) -> psycopg.Connection:
    port = make_url(postgres_url).port
    assert port is not None
    return admin_connection(_run_settings(run_directory), port=port)


def _create_database(connection: psycopg.Connection, name: str, *, template: str) -> None:
    statement = sql.SQL("create database {} owner {} template {} strategy file_copy")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template)))


def _address_of(postgres_url: str, database: str) -> str:
    return make_url(postgres_url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def anju_home(tmp_path: Path, run_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home that `get_settings()` and child processes find; a server started in it is stopped."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("ANJU_HOME", str(home))
    monkeypatch.setenv("ANJU_SYSTEM_STATE", str(run_directory / "system"))
    get_settings.cache_clear()
    yield home
    stop_server(Settings(home=home, system_state=run_directory / "system"))
    get_settings.cache_clear()


@pytest.fixture
def own_server() -> Iterator[Settings]:
    """Settings with a durable embedded server of this test's own, not yet started, stopped and removed at the end."""
    directory = _enterable_directory("anju-own-server-")
    settings = Settings(home=directory / "home", system_state=directory / "system", postgres_port=unused_port())
    yield settings
    stop_server(settings)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def installation(run_directory: Path) -> Settings:
    """A whole installation that every test shares and none may change: the small demo estate, landed, built, published.

    It is made once a run by the commands people use. Tests read its database and its published warehouse.
    """
    return _installed("installation", INSTALLATION_STEPS, run_directory)


@pytest.fixture(scope="session")
def city(real_data: Path, run_directory: Path) -> Settings:
    """A whole installation of public data, shared as `installation` is: tickets, payments, meters and calls."""
    ledgers = sorted(map(str, (real_data / "oxford_council_spend").glob("*.csv")))
    lifts = real_data / "nyc311_elevator" / "clean_requests.parquet"
    casework = real_data / "nyc_council_constituent" / "nycomplaints.parquet"
    steps = (
        ("import", "tickets", str(lifts), "--mapping", "nyc311_elevator"),
        ("import", "tickets", str(casework), "--mapping", "nyc_council_constituent"),
        ("feed", "land", "finance", *ledgers),
        ("feed", "land", "meters", str(real_data / "daiad_water" / "swm_trialA.zip")),
        ("feed", "land", "calls", str(real_data / "technion_bank_calls" / "data_anonymous_bank_february.txt")),
        ("pipeline", "run"),
    )
    return _installed("city", [("orchestration.command", *step) for step in steps], run_directory)


def _installed(name: str, steps: Iterable[tuple[str, ...]], run_directory: Path) -> Settings:
    """An installation of that name, with a home and a server of its own, made by running modules of ours.

    A server of its own, since an extraction waits for every transaction of its server, those of other tests included.
    """
    settings = _run_settings(run_directory, name)
    url = ensure_server(settings)
    environment = {"ANJU_HOME": str(settings.home), "ANJU_DATABASE_URL": url}
    ready = settings.home / "ready"
    with FileLock(run_directory / f"{name}.lock"):
        if not ready.exists():
            for step in steps:
                command = [sys.executable, "-m", *step]
                done = subprocess.run(
                    command, env=os.environ | environment, cwd=ROOT, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, f"{' '.join(step)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            ready.touch()
    return settings.model_copy(update={"database_url": SecretStr(url)})


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets; skips where it is missing."""
    named = os.environ.get("ANJU_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"The public data sets are not at {folder}; name their folder in ANJU_REAL_DATA.")
    return folder


@pytest.fixture
def free_port() -> int:
    """A port of loopback on which nothing listens at this moment."""
    return unused_port()


def unused_port() -> int:
    # Picked at random below the range of outgoing connections: tests that run side by side would all be given the
    # same next free port, and lose it to each other while their server is down.
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The installed Chromium; skips where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("No Chromium is installed; `make test` installs it on Debian as root.")
    return Path(found)


@pytest.fixture(scope="module")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """A headless Chromium; each test opens a context of its own with `chromium.new_context()`.

    It ends with its module: while it lives the thread has a running event loop, and no other test could run its own.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  Slow to import and needed by few tests.

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_SWITCHES)
        yield browser
        browser.close()
