"""What the browser tests share: a service of their own, its people, and the browsers those people use."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import text

from core.settings import Settings
from ops_db.accounts.administration import set_account
from ops_db.engine import command_engine
from ops_db.seed import seed
from tests.forks import Forks
from tests.service_process import service_environment, wait_until_ready

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
PASSWORD = "correct horse battery"
PEOPLE = ("desk", "technician", "executive", "manager", "supervisor", "finance")

ESTATE = """
    insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州');
    insert into ops.building (project_id, code, name, address)
        select id, '03', '3号楼', '杭州市安居路38号' from ops.project;
    insert into ops.unit_type (project_id, code, name, area_m2, bedroom_count, bathroom_count)
        select id, 'B2', '三室两厅', 108, 3, 2 from ops.project;
    insert into ops.space (unit_type_id, code, kind, name)
        select id, 'bathroom-1', 'bathroom', '主卫' from ops.unit_type;
    insert into ops.unit (project_id, building_id, unit_type_id, code, room_number, floor)
        select project.id, building.id, unit_type.id, 'HZ01-03-1802', '1802', 18
          from ops.project, ops.building, ops.unit_type;
    insert into ops.staff (staff_number, name, work_phone, kind)
        values ('T-1', '王建国', '0571-88880101', 'technician');
"""


@pytest.fixture
def unused_ports(free_port: int) -> tuple[int, int]:
    """Two ports side by side, the first known to be free: for a service, and for the cockpits beside it."""
    return free_port, free_port + 1


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Starts services that need not import themselves first; one at a time."""
    log = tmp_path_factory.mktemp("services") / "service.log"
    forks = Forks("tests.serving:serve", environment=dict(os.environ), log=log)
    yield forks
    forks.close()


@pytest.fixture
def address(database_url: str, anju_home: Path, unused_ports: tuple[int, int], services: Forks) -> Iterator[str]:
    """A service of its own with one home, and one of each of `PEOPLE`, who can sign in."""
    engine = command_engine(database_url)
    with engine.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        seed(connection, now=now)
        for statement in filter(str.strip, ESTATE.split(";")):
            connection.execute(text(statement))
        for role, staff in ((role, "T-1" if role == "technician" else None) for role in PEOPLE):
            set_account(
                connection,
                login=role,
                password=PASSWORD,
                display_name=role,
                roles=[role],
                staff_number=staff,
                now=now,
            )
    engine.dispose()
    port, cockpits_port = unused_ports
    told = service_environment(Settings(home=anju_home), database_url, port=port)
    services.start(json.dumps(told | {"ANJU_COCKPITS_PORT": str(cockpits_port)}))
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, is_alive=lambda: True, log=services.log)
        yield url
    finally:
        services.kill()


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """`open_page(size, path, login=…)` is a page of somebody's own browser; what it complains about fails the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(size: dict[str, int], path: str, *, login: str = "") -> Page:
        context = chromium.new_context(viewport=size, has_touch=size is PHONE, base_url=address, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/sign-in?next={path}" if login else path)
        if login:
            page.get_by_label("账号").fill(login)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(f"**{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture as a camera makes it."""
    written = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(written, "JPEG", quality=95)
    path = tmp_path / "leak.jpg"
    path.write_bytes(written.getvalue())
    return path
