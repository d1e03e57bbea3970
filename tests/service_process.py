"""An installation of a test's or benchmark's own, and the ticket service as a process on it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from core.settings import Settings
from ops_db.accounts.administration import set_account
from ops_db.engine import command_engine
from ops_db.migrate import migrate
from ops_db.seed import seed

ROOT: Final = Path(__file__).parents[1]
START_SECONDS: Final = 60

_LOGIN: Final = "desk"
_PASSWORD: Final = "correct horse battery"
_HOMES: Final = """
    insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州');
    insert into ops.building (project_id, code, name) select id, '03', '3号楼' from ops.project;
    insert into ops.unit_type (project_id, code, name, area_m2, bedroom_count, bathroom_count)
        select id, 'B2', '三室两厅', 108, 3, 2 from ops.project;
    insert into ops.unit (project_id, building_id, unit_type_id, code, room_number, floor)
        select project.id, building.id, unit_type.id, 'HZ01-03-' || room, room, room / 100
          from ops.project, ops.building, ops.unit_type, generate_series(1801, 1816) as rooms (room);
"""


def install(database_url: str) -> None:
    """Tables, reference data, the homes HZ01-03-1801 to -1816, and an account of the service desk."""
    migrate(database_url)
    engine = command_engine(database_url)
    with engine.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        seed(connection, now=now)
        for statement in filter(str.strip, _HOMES.split(";")):
            connection.execute(text(statement))
        set_account(connection, login=_LOGIN, password=_PASSWORD, display_name="客服", roles=["desk"], now=now)
    engine.dispose()


def environment(settings: Settings, **settings_changed: object) -> dict[str, str]:
    """What a child process has to be told to work on this installation, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANJU_")}
    told = {"home": settings.home, "system_state": settings.system_state} | settings_changed
    return kept | {f"ANJU_{name.upper()}": str(value) for name, value in told.items()} | {"PYTHONPATH": str(ROOT)}


def service_environment(settings: Settings, database_url: str, *, port: int) -> dict[str, str]:
    """What `python -m ticket_service` is told."""
    return environment(settings, database_url=database_url, service_port=port, log_level="WARNING")


def start_service(environment: dict[str, str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m ticket_service` without waiting for it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "ticket_service"], env=environment, cwd=ROOT, stdout=output, stderr=output
        )


def wait_until_ready(url: str, *, is_alive: Callable[[], bool], log: Path) -> None:
    """Wait until the service at `url` answers that it can work; fails with its log when it does not."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=url, timeout=5) as client:
        while not _is_ready(client):
            assert is_alive(), f"The service ended as it started: {_last_words(log)}"
            assert time.monotonic() < deadline, f"No answer within {START_SECONDS} s: {_last_words(log)}"
            time.sleep(0.02)


def desk_credentials() -> dict[str, str]:
    """With what the account of the service desk signs in."""
    return {"login": _LOGIN, "password": _PASSWORD}


def desk_session(url: str) -> dict[str, str]:
    """The cookie of somebody who has signed in at the service desk."""
    headers = {"Origin": url}
    answer = httpx.post(f"{url}/api/v1/session", json=desk_credentials(), headers=headers, timeout=START_SECONDS)
    assert answer.status_code == 204, answer.text
    return dict(answer.cookies)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx.TransportError:
        return False


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
