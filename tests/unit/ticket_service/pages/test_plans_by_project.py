"""Who manages one project changes its rosters, windows, rules and calendar, and nothing of another project."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import SignIn

PEOPLE, SLOTS = "/manage/people", "/manage/people/slots"
DISPATCH, CALENDARS = "/manage/dispatch", "/manage/calendars"
LEVELS, WARRANTY = "/manage/service-levels", "/manage/warranty"
PROCESSES, RULES = "/api/v1/processes", "/api/v1/process-rules"

OWN_AND_FOREIGN = """
    insert into ops.crew_project (crew_id, project_id)
    select crew.id, project.id from ops.crew join ops.project
        on (crew.code, project.code) in (('W1', 'HZ01'), ('P1', 'SH02'));
    insert into ops.crew (code, name) values ('B1', '两地班'), ('E1', '全域班');
    insert into ops.crew_project (crew_id, project_id)
    select crew.id, project.id from ops.crew cross join ops.project where crew.code = 'B1';
    insert into ops.staff (staff_number, name, kind, crew_id)
    select 'S-' || code, '师傅' || code, 'technician', id from ops.crew where code in ('B1', 'E1');
    insert into ops.staff (staff_number, name, kind) values ('S-0', '机动', 'technician');
    insert into ops.staff_leave (staff_id, from_date, to_date, reason)
    select id, date '2099-05-01', date '2099-05-02', 'illness' from ops.staff;
"""
LAST_WEEK_OF_2098 = {"on_date": "2098-12-24", "stretches": "9:00-10:00"}
DEEDS: tuple[dict[str, str], ...] = (
    {"deed": "skills", "trade_lift": "on"},
    {"deed": "week", "day_1": "9:00-12:00"},
    {"deed": "date", **LAST_WEEK_OF_2098},
    {"deed": "leave", "from_date": "2098-12-01", "to_date": "2098-12-02", "reason": "vacation"},
    {"deed": "leave_back", "leave": ""},
)


@pytest.fixture
def run(engine: Engine) -> Callable[[str], None]:
    def done(statements: str) -> None:
        with engine.begin() as connection:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(text(statement))

    return done


@pytest.fixture
def scalar(engine: Engine) -> Callable[[str], Any]:
    def found(statement: str) -> Any:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar()

    return found


@pytest.fixture
def own(sign_in: SignIn, run: Callable[[str], None]) -> TestClient:
    """Whoever manages HZ01 and no other project, in a house with crews of each kind."""
    run(OWN_AND_FOREIGN)
    return sign_in("manager", project="HZ01")


def post(client: TestClient, page: str, **form: str) -> int:
    keyed = form | {"idempotency_key": str(uuid.uuid4())}
    return client.post(page, data=keyed, follow_redirects=False).status_code


def plans(scalar: Callable[[str], Any]) -> str:
    """Everything planned, as one text."""
    tables = ("staff_shift", "staff_leave", "technician_skill", "appointment_slot", "dispatch_rule", "process_rule",
              "calendar_override", "calendar_shift", "sla_policy", "warranty_term")  # fmt: skip
    whole = " || ".join(
        f"(select coalesce(string_agg(t::text, '|' order by t::text), '') from ops.{t} as t)" for t in tables
    )
    staff = "(select string_agg(staff_number || coalesce(crew_id::text, '-'), '|' order by id) from ops.staff)"
    given = "(select string_agg(code || calendar_code, '|' order by code) from ops.project)"
    return str(scalar(f"select {whole} || {staff} || {given}"))


@pytest.mark.parametrize(("staff", "status"), [("S-P1", 404), ("S-0", 404), ("S-B1", 403), ("S-E1", 403)])
def test_a_roster_of_another_project_is_not_there_and_a_shared_one_is_only_read(
    staff: str, status: int, own: TestClient, scalar: Callable[[str], Any]
) -> None:
    page = f"{PEOPLE}/{staff}"
    assert own.get(page).status_code == (404 if status == 404 else 200)
    whose = f"(select id from ops.staff where staff_number = '{staff}')"
    leave = str(scalar(f"select id from ops.staff_leave where staff_id = {whose}"))
    crew = str(scalar("select id from ops.crew where code = 'W1'"))
    before = plans(scalar)
    for deed in DEEDS:
        filled = {name: value or leave for name, value in deed.items()} | {"crew": crew}
        assert post(own, page, **filled) == status, deed
    assert plans(scalar) == before
    if status == 403:
        html = own.get(page).text
        assert "由管理全部相关项目的人修改" in html
        assert "登记请假" not in html


def test_the_roster_of_ones_own_crew_is_changed_and_nobody_is_moved_out_of_reach(
    own: TestClient, scalar: Callable[[str], Any]
) -> None:
    page = f"{PEOPLE}/S-W1"
    crews = {code: str(scalar(f"select id from ops.crew where code = '{code}'")) for code in ("W1", "P1", "B1")}
    for deed in DEEDS[1:4]:
        assert post(own, page, **deed) == 303, deed
    assert post(own, page, deed="skills", trade_lift="on", crew=crews["W1"]) == 303
    for crew, status in ((crews["P1"], 422), (crews["B1"], 403), ("", 403)):
        assert post(own, page, deed="skills", crew=crew) == status
    assert scalar("select count(*) from ops.staff join ops.crew on crew.id = crew_id and code = 'W1'") == 1
    week = own.get(PEOPLE).text
    assert ("防水一班" in week, "两地班" in week, "水电一班" in week) == (True, True, False)
    assert "师傅P1" not in week


def test_windows_of_another_crew_or_of_every_crew_are_not_ones_own_to_change(
    own: TestClient, run: Callable[[str], None], scalar: Callable[[str], Any]
) -> None:
    run("""insert into ops.appointment_slot (crew_id, weekday, start_minute, end_minute, capacity)
           select id, 1, 540, 660, 2 from ops.crew union all select null, 2, 480, 540, 3""")
    before = plans(scalar)
    window = {"stretch": "10:00-12:00", "capacity": "1", "weekday_1": "on"}
    for crew, added, gone in (("P1", 422, 404), ("B1", 403, 403), ("E1", 403, 403), (None, 403, 403)):
        which = f"= (select id from ops.crew where code = '{crew}')" if crew else "is null"
        slot = scalar(f"select id from ops.appointment_slot where crew_id {which}")
        id = scalar(f"select id from ops.crew where code = '{crew}'") if crew else ""
        assert post(own, SLOTS, crew=str(id), **window) == added, crew
        assert post(own, SLOTS, deed="delete", slot=str(slot)) == gone, crew
    assert plans(scalar) == before
    mine = str(scalar("select id from ops.crew where code = 'W1'"))
    assert post(own, SLOTS, crew=mine, **window) == 303
    html = own.get(PEOPLE).text
    assert html.count('name="slot"') == 2
    assert "全域班" in html
    assert "水电一班" not in html


def rule(**columns: str) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"""insert into ops.dispatch_rule (position, crew_source, mode, {names})
               select coalesce(max(position), 0) + 1, 'any', 'suggest', {values} from ops.dispatch_rule;"""


def test_dispatch_rules_of_other_projects_are_not_there_and_those_of_all_are_only_read(
    own: TestClient, run: Callable[[str], None], scalar: Callable[[str], Any]
) -> None:
    foreign, mine = (f"(select id from ops.project where code = '{code}')" for code in ("SH02", "HZ01"))
    run(rule(note="'给全部'") + rule(note="'给上海'", project_id=foreign) + rule(note="'给杭州'", project_id=mine))
    ids = {
        note: str(scalar(f"select id from ops.dispatch_rule where note = '{note}'"))
        for note in ("给全部", "给上海", "给杭州")
    }
    project = {code: str(scalar(f"select id from ops.project where code = '{code}'")) for code in ("HZ01", "SH02")}
    html = own.get(DISPATCH).text
    assert ("给全部" in html, "给上海" in html, "给杭州" in html) == (True, False, True)
    assert "临江苑" not in html
    before = plans(scalar)
    typed = {"crew_source": "any", "mode": "suggest"}
    for note, status in (("给上海", 404), ("给全部", 403)):
        for deed in ("up", "down", "off", "delete"):
            assert post(own, f"{DISPATCH}/order", rule=ids[note], deed=deed) == status, (note, deed)
        assert post(own, f"{DISPATCH}/rules", rule=ids[note], project_id=project["HZ01"], **typed) == status
    assert post(own, f"{DISPATCH}/rules", **typed) == 403
    assert post(own, f"{DISPATCH}/rules", project_id=project["SH02"], **typed) == 422
    assert post(own, f"{DISPATCH}/rules", rule=ids["给杭州"], **typed) == 403
    named = {"crew_source": "named", "mode": "suggest", "project_id": project["HZ01"]}
    assert (
        post(own, f"{DISPATCH}/rules", crew_id=str(scalar("select id from ops.crew where code = 'P1'")), **named) == 422
    )
    assert plans(scalar) == before
    assert post(own, f"{DISPATCH}/order", rule=ids["给杭州"], deed="up") == 303
    order = "select string_agg(note, ' ' order by position) from ops.dispatch_rule"
    assert scalar(order) == "给杭州 给全部 给上海"
    assert post(own, f"{DISPATCH}/rules", project_id=project["HZ01"], **typed) == 303
    tried = own.get(f"{DISPATCH}/try?project=HZ01&severity=normal").text
    assert "给上海" not in tried
    assert tried.count('class="figures faint"') == 3


def coming(days: int) -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)).isoformat()


def test_a_calendar_that_others_go_by_is_left_alone_until_the_project_has_its_own(
    own: TestClient, scalar: Callable[[str], Any]
) -> None:
    before = plans(scalar)
    day = {"deed": "day", "on_date": coming(30), "as": "close", "reason": "台风"}
    week = {"deed": "week", "valid_from": coming(30), "day_1": "10:00-12:00"}
    recount = {"reason": "顺延"}
    copied = {"deed": "own", "own_code": "hz", "name": "杭州日历"}
    for form in (day, week):
        assert post(own, CALENDARS, code="default", **form) == 403, form
    assert own.get(f"{CALENDARS}/due-times").status_code == 403
    assert post(own, f"{CALENDARS}/due-times", code="default", **recount) == 403
    assert post(own, CALENDARS, code="default", project="SH02", **copied) == 422
    assert plans(scalar) == before
    html = own.get(CALENDARS).text
    assert "可以在下方为自己的项目建立单独的日历" in html
    assert 'name="deed" value="week"' not in html
    assert '<option value="SH02"' not in html
    assert post(own, CALENDARS, code="default", project="HZ01", **copied) == 303
    for form in (day, week):
        assert post(own, CALENDARS, code="hz", **form) == 303, form
    assert own.get(f"{CALENDARS}/due-times?code=hz").status_code == 200
    assert post(own, f"{CALENDARS}/due-times", code="hz", **recount) == 303
    assert scalar("select string_agg(calendar_code, ' ') from ops.calendar_override") == "hz"


def test_promises_and_warranty_terms_hold_in_every_project_and_so_take_a_right_that_does(
    own: TestClient, scalar: Callable[[str], Any]
) -> None:
    before = plans(scalar)
    assert post(own, LEVELS, severity="urgent", category="", resolve="60") == 403
    assert post(own, LEVELS, deed="pauses", severity="urgent", category="", runs_resolve="") == 403
    term = {"clock": "owner", "scope": "trade:lift", "length": "24", "unit": "months", "valid_from": "2030-01-01"}
    assert post(own, WARRANTY, note="合同", **term) == 403
    assert plans(scalar) == before
    for page in (LEVELS, WARRANTY):
        html = own.get(page).text
        assert "由管理全部项目的人修改" in html
        assert "保存</button>" not in html


def test_process_rules_of_other_projects_are_not_there_and_those_of_all_are_only_read(
    own: TestClient, sign_in: SignIn, scalar: Callable[[str], Any]
) -> None:
    project = {code: str(scalar(f"select id from ops.project where code = '{code}'")) for code in ("HZ01", "SH02")}
    everywhere = sign_in("manager")
    takes = {"process_key": "standard_repair"}
    for more in ({"severity": "low"}, {"project_id": project["SH02"]}, {"project_id": project["HZ01"]}):
        assert everywhere.post(RULES, json=takes | more).status_code == 201
    shared, foreign, mine = (one["id"] for one in everywhere.get(RULES).json())
    assert [one["id"] for one in own.get(RULES).json()] == [shared, mine]
    assert "临江苑" not in own.get("/manage/process-rules").text
    before = plans(scalar)
    for id, status in ((foreign, 404), (shared, 403)):
        body = takes | {"project_id": project["HZ01"]}
        assert own.put(f"{RULES}/{id}", json=body).status_code == status
        assert own.post(f"{RULES}/{id}/move", json={"position": 1}).status_code == status
        assert own.delete(f"{RULES}/{id}").status_code == status
    assert own.post(RULES, json=takes).status_code == 403
    assert own.put(f"{RULES}/{mine}", json=takes).status_code == 403
    assert own.post(RULES, json=takes | {"project_id": project["SH02"]}).status_code == 422
    assert own.get(f"{RULES}/which", params={"project_id": project["SH02"]}).status_code == 422
    assert plans(scalar) == before
    assert own.post(f"{RULES}/{mine}/move", json={"position": 1}).status_code == 200
    assert [one["id"] for one in everywhere.get(RULES).json()] == [mine, shared, foreign]
    assert own.delete(f"{RULES}/{mine}").status_code == 204


def test_a_process_serves_every_project_and_is_drawn_by_whoever_manages_all_of_them(
    own: TestClient, sign_in: SignIn
) -> None:
    key = f"{PROCESSES}/standard_repair"
    new = {"key": "mine", "title_zh": "本地", "title_en": "Local"}
    assert own.post(PROCESSES, json=new).status_code == 403
    assert own.post(f"{key}/draft", json={"from_version": 1}).status_code == 403
    draft = sign_in("manager").post(f"{key}/draft", json={"from_version": 1}).json()
    saved = {"revision": draft["revision"], "definition": draft["definition"]}
    assert own.get(f"{key}/draft").status_code == 200
    assert own.put(f"{key}/draft", json=saved).status_code == 403
    assert own.post(f"{key}/draft/publish", json={"revision": draft["revision"]}).status_code == 403
    assert own.delete(f"{key}/draft").status_code == 403
    assert own.post(f"{key}/versions/1/retire").status_code == 403
    exported = own.get(f"{key}/versions/1/file").text
    assert own.post(f"{PROCESSES}/import", json={"text": exported}).status_code == 403
    page = own.get("/manage/processes").text
    assert "由管理全部项目的人修改" in page
    assert "<form" not in page.split("</header>")[-1].split("process-list")[1]
    shown = own.get("/manage/processes/standard_repair/draft", follow_redirects=False)
    assert shown.headers["location"] == f"/manage/processes/standard_repair/versions/{draft['version']}"


def test_codes_of_forms_are_made_for_ones_own_places_whose_assets_alone_are_listed(
    own: TestClient, run: Callable[[str], None]
) -> None:
    run("""insert into ops.asset (project_id, building_id, component_code, serial_number)
           select project.id, building.id, (select code from ops.component order by code limit 1),
                  'LIFT-' || project.code
             from ops.project join ops.building on building.project_id = project.id""")
    seen = {}
    for code in ("HZ01", "SH02"):
        answer = own.post("/manage/forms/report", data={"step": "lists", "project": code, "building": "03"})
        seen[code] = f"LIFT-{code}" in answer.text
        assert '<option value="SH02"' not in answer.text
    assert seen == {"HZ01": True, "SH02": False}
