"""The pages on which areas are made, led and given places, and where a missing lead is told beforehand."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import Fill, OpenTicket, SignIn

AREAS = "/manage/areas"
HZ01 = f"{AREAS}/projects/HZ01"


def scalar(engine: Engine, statement: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


def write(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def lead_id(engine: Engine, sign_in: SignIn) -> str:
    """Somebody with the role of area lead in every project."""
    write(engine, "insert into ops.staff (staff_number, name, kind) values ('S-L1', '赵琳', 'area_lead')")
    sign_in("area_lead", staff="S-L1")
    return str(scalar(engine, "select id from ops.staff where staff_number = 'S-L1'"))


def made(manager: TestClient, fill: Fill, code: str = "EAST", **typed: str) -> int:
    form = fill(manager.get(AREAS).text, AREAS, code=code, name=f"{code}片区", **typed)
    return manager.post(AREAS, data=form, follow_redirects=False).status_code


def given(manager: TestClient, fill: Fill, page: str = HZ01, **areas: str) -> int:
    form = fill(manager.get(page).text, page) | areas
    return manager.post(page, data=form, follow_redirects=False).status_code


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_open_for_managers_and_for_nobody_else(language: str, sign_in: SignIn, fill: Fill) -> None:
    for role, status in (("manager", 200), ("administrator", 200), ("supervisor", 403), ("area_lead", 403)):
        reader = sign_in(role)
        reader.post("/language", data={"language": language})
        for page in (AREAS, HZ01):
            assert reader.get(page).status_code == status, (role, page)
    manager = sign_in("manager", staff="S-W1")
    manager.post("/language", data={"language": language})
    assert ("还没有片区" if language == "zh-CN" else "No areas yet") in manager.get(HZ01).text
    assert made(manager, fill) == 303
    assert manager.get(f"{AREAS}/EAST").status_code == 200
    assert manager.get(f"{AREAS}/WEST").status_code == 404


def test_a_ticket_asks_the_lead_of_the_area_its_building_was_given_to(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, engine: Engine, lead_id: str
) -> None:
    manager = sign_in("manager")
    assert made(manager, fill, lead=lead_id) == 303
    assert made(manager, fill, "WEST") == 303
    assert given(manager, fill, area_="WEST", area_03="EAST") == 303
    write(engine, "insert into ops.process_rule (position, process_key) values (1, 'property_repair')")
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
    with engine.connect() as connection:
        asked = connection.execute(
            text("select node_key, assignee_id::text from ops.task where state = 'open'"),
        ).one()
    assert asked == ("area_review", lead_id)
    assert "EAST片区" in manager.get(AREAS).text
    deeds = scalar(engine, "select string_agg(deed, ' ' order by id) from ops.audit_entry where deed like 'area:%'")
    assert deeds == "area:add area:add area:assign"
    assert scalar(engine, "select detail->'moved' from ops.audit_entry where deed = 'area:assign'") == [
        "HZ01 → WEST",
        "03 → EAST",
    ]


def test_only_an_area_lead_of_every_project_of_the_area_can_lead_it(
    sign_in: SignIn, fill: Fill, engine: Engine, lead_id: str
) -> None:
    manager = sign_in("manager")
    technician = str(scalar(engine, "select id from ops.staff where staff_number = 'S-W1'"))
    assert made(manager, fill, lead=technician) == 422
    assert made(manager, fill) == 303
    given(manager, fill, area_="EAST")
    page = f"{AREAS}/EAST"
    write(
        engine,
        """update ops.account_role set project_id = (select id from ops.project where code = 'SH02')
            where role_code = 'area_lead'""",
    )
    html = manager.get(page).text
    assert "赵琳" not in html
    refused = manager.post(page, data=fill(html, page, deed="change", name="东片区", lead=lead_id))
    assert refused.status_code == 422
    assert "须有账号" in refused.text
    assert 'value="东片区"' in refused.text
    write(engine, "update ops.account_role set project_id = null where role_code = 'area_lead'")
    form = fill(manager.get(page).text, page, deed="change", name="东片区", lead=lead_id)
    assert manager.post(page, data=form, follow_redirects=False).status_code == 303
    # Who has lost the role since is kept until somebody else is chosen, and the page says so.
    write(engine, "update ops.account set is_active = false where login like 'area_lead%'")
    html = manager.get(page).text
    assert "赵琳 · S-L1 · 在某个项目中没有此角色" in html
    assert ">没有此角色</span>" in manager.get(AREAS).text
    form = fill(html, page, deed="change", name="东区", lead=lead_id)
    assert manager.post(page, data=form, follow_redirects=False).status_code == 303


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    first, second = sign_in("manager"), sign_in("administrator")
    assert made(first, fill) == 303
    assert made(first, fill) == 422
    page = f"{AREAS}/EAST"
    stale = fill(first.get(page).text, page, deed="change", name="一区", lead="")
    newer = fill(second.get(page).text, page, deed="change", name="二区", lead="")
    assert second.post(page, data=newer, follow_redirects=False).status_code == 303
    late = first.post(page, data=stale)
    assert late.status_code == 409
    assert "期间有其他人修改过" in late.text
    assert scalar(engine, "select name from ops.area") == "二区"
    stale = fill(first.get(HZ01).text, HZ01)
    assert given(second, fill, area_="EAST") == 303
    assert given(second, fill, area_="", area_03="EAST") == 303
    late = first.post(HZ01, data=stale | {"area_": "EAST", "area_03": "EAST"})
    assert late.status_code == 409
    # Nothing of the late form is kept, not even the part that nobody else had touched.
    assert scalar(engine, "select count(*) from ops.project where area_id is not null") == 0


def test_a_missing_lead_is_told_before_a_ticket_waits_for_one(
    sign_in: SignIn, fill: Fill, engine: Engine, lead_id: str
) -> None:
    manager = sign_in("manager")
    html = manager.get(AREAS).text
    assert "尚无规则指向它" in html
    write(
        engine,
        """insert into ops.process_rule (position, process_key, project_id)
           select 1, 'property_repair', id from ops.project where code = 'HZ01'""",
    )
    html = manager.get(AREAS).text
    assert "尚无规则指向它" not in html
    assert "安居花园</a> – 不属于任何片区：该步骤交给当地所有片区负责人" in html
    assert "临江苑</a> –" not in html
    write(engine, "update ops.account_role set project_id = (select id from ops.project where code = 'SH02')")
    manager = sign_in("manager", staff="S-W1")
    assert "不属于任何片区：该步骤将无人处理" in manager.get(AREAS).text
    write(engine, "update ops.account_role set project_id = null")
    made(manager, fill)
    given(manager, fill, area_="EAST")
    assert "EAST片区没有负责人" in manager.get(f"{AREAS}/EAST").text
    page = f"{AREAS}/EAST"
    form = fill(manager.get(page).text, page, deed="change", name="东片区", lead=lead_id)
    manager.post(page, data=form)
    assert "需要片区负责人" not in manager.get(AREAS).text


def test_an_area_goes_only_when_nothing_belongs_to_it_or_names_it(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    manager, page = sign_in("manager"), f"{AREAS}/EAST"
    made(manager, fill)
    form = fill(manager.get(page).text, page, deed="remove")
    naming = (
        "insert into ops.process_rule (position, process_key, area_id) select 1, 'standard_repair', id from ops.area"
    )
    for use, end in (
        (naming, "delete from ops.process_rule"),
        ("update ops.building set area_id = (select id from ops.area)", "update ops.building set area_id = null"),
    ):
        write(engine, use)
        assert 'value="remove"' not in manager.get(page).text
        assert manager.post(page, data=form).status_code == 409
        write(engine, end)
    assert manager.post(page, data=form, follow_redirects=False).status_code == 303
    assert scalar(engine, "select count(*) from ops.area") == 0


def test_who_manages_one_project_changes_what_is_theirs_alone(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    everywhere, own = sign_in("manager"), sign_in("manager", project="HZ01")
    made(everywhere, fill)
    given(everywhere, fill, area_="EAST")
    html = own.get(AREAS).text
    assert "安居花园" in html
    assert "临江苑" not in html
    page = f"{AREAS}/EAST"
    form = fill(own.get(page).text, page, deed="change", name="东一区", lead="")
    assert own.post(page, data=form, follow_redirects=False).status_code == 303
    assert own.get(f"{AREAS}/projects/SH02").status_code == 404
    assert own.post(f"{AREAS}/projects/SH02", data={"area_": "EAST", "shown_": ""}).status_code == 404
    given(everywhere, fill, f"{AREAS}/projects/SH02", area_="EAST")
    html = own.get(page).text
    assert "临江苑" not in html
    assert "还包含不归您管理的项目" in html
    assert own.post(page, data=form).status_code == 403
    assert given(own, fill, area_="") == 303
