"""An installation of a test's own, with a service and clients on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.settings import Settings
from ops_db.engine import command_engine
from ops_db.server import ensure_server
from tests.fault.reporters import Reporters
from tests.forks import Forks
from tests.service_process import desk_session, install, service_environment, wait_until_ready


@pytest.fixture
def database(own_server: Settings) -> str:
    """Address of a durable database with reference data and sixteen homes."""
    url = ensure_server(own_server)
    install(url)
    return url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """Direct access to that database."""
    engine = command_engine(database)
    yield engine
    engine.dispose()


class Service:
    """The service on that database, which may be killed and started again."""

    def __init__(self, settings: Settings, database_url: str, *, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log: Path = settings.home / "service.log"
        environment = service_environment(settings, database_url, port=port)
        self.process = Forks("tests.serving:main", environment=environment, log=self._log)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process.start()
        wait_until_ready(self.url, is_alive=lambda: True, log=self._log)

    def kill(self) -> None:
        """End it at once, as the kernel does when memory runs out."""
        assert self.process.kill() == -9, "The service ended before it was killed."


@pytest.fixture
def service(own_server: Settings, database: str, free_port: int) -> Iterator[Service]:
    """The running service on that database."""
    service = Service(own_server, database, port=free_port)
    service.start()
    yield service
    service.process.close()


@pytest.fixture
def reporters(service: Service) -> Iterator[Reporters]:
    """Six clients who report one defect after the other and do not give up before it is acknowledged."""
    reporters = Reporters(service.url, desk_session(service.url), count=6)
    reporters.start()
    yield reporters
    reporters.stop()
