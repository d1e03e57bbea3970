"""Tickets under way moved to another version on a page: the plan, what does not fit, and many of them in parts."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.process_admin import moving_in_parts
from tests.unit.ticket_service.pages.conftest import SignIn
from tests.watched_process import open_many, publish, timer, watched

PAGE = "/manage/processes/watched/move"


def second_version(**changes: Any) -> dict[str, Any]:
    """The intake has another key, and the technician's path of the fork is nobody's in particular."""
    made = watched() | {"version": 2}
    made["nodes"][1]["key"] = made["nodes"][0]["next"] = "reception"
    made["nodes"][1]["timers"] = [timer("remind", 30, "warn", to=["supervisor"])]
    made["nodes"][3]["return_to"] = ["reception"]
    return made | changes


def counts(engine: Engine) -> dict[int, int]:
    """How many open tickets run on each version."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""select definition.version, count(*) from ops.ticket
                      join ops.process_definition as definition on definition.id = ticket.process_definition_id
                     where ticket.state = 'open' group by 1""")
        ).all()
    return {int(row[0]): int(row[1]) for row in rows}


def form_of(html: str) -> dict[str, str]:
    """The hidden fields of the form that is posted, and its tick."""
    (form,) = re.findall(rf'<form[^>]*method="post" action="{PAGE}".*?</form>', html, re.DOTALL)
    fields = re.findall(r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields}


def carried_out(manager: TestClient, form: dict[str, str]) -> tuple[str, int]:
    """The last page after every part was carried out, and how many parts there were."""
    parts = 0
    while True:
        parts += 1
        answer = manager.post(PAGE, data=form)
        assert answer.status_code == 200, answer.text
        if "data-carry-on" not in answer.text:
            return answer.text, parts
        form = form_of(answer.text)


@pytest.fixture
def stuck(engine: Engine) -> str:
    """Three tickets at the intake of version 1, and the number of a fourth whose step the second version has not."""
    first = watched()
    first["nodes"][1]["choices"].append(
        {"key": "aside", "title": {"zh-CN": "搁置", "en": "aside"}, "next": "parked"},
    )
    first["nodes"].append(
        {
            "kind": "task",
            "key": "parked",
            "title": {"zh-CN": "搁置处理", "en": "Parked"},
            "role": "desk",
            "owner_status": "accepted",
            "choices": [{"key": "done", "title": {"zh-CN": "完成", "en": "done"}, "next": "closed"}],
        }
    )
    with engine.begin() as connection:
        open_many(connection, 4, definition_id=publish(connection, first))
        connection.execute(
            text("""update ops.task set node_key = 'parked'
                     where ticket_id = (select id from ops.ticket order by number limit 1)""")
        )
        connection.execute(
            text("""update ops.ticket set node_key = 'parked'
                     where id = (select id from ops.ticket order by number limit 1)""")
        )
        connection.execute(text("update ops.timer set state = 'cancelled'"))
        publish(connection, second_version())
        return str(connection.execute(text("select min(number) from ops.ticket")).scalar())


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_plan_names_steps_by_their_titles_and_what_does_not_fit_by_its_number(
    stuck: str, language: str, sign_in: SignIn
) -> None:
    manager = sign_in("manager")
    manager.post("/language", data={"language": language})
    html = manager.get(PAGE).text
    assert f'<a class="badge outline figures" href="/desk/tickets/{stuck}">' in html
    reason = (
        "请指定新版本中与“搁置处理”对应的步骤"
        if language == "zh-CN"
        else "Say which step of the new version stands for Parked"
    )
    assert reason in html
    # The step that only changed its key is called the same, and so suggested.
    assert '<option value="reception" selected>' in html
    for role in ("supervisor", "technician"):
        assert sign_in(role).get(PAGE).status_code == 403
    assert sign_in("manager", project="HZ01").get(PAGE).status_code == 403


def test_what_fits_is_moved_and_what_does_not_stays_until_it_is_given_a_step(
    stuck: str, sign_in: SignIn, engine: Engine
) -> None:
    manager = sign_in("manager")
    form = form_of(manager.get(PAGE).text)
    assert form["confirmed"] == "3"
    unconfirmed = {name: value for name, value in form.items() if name != "confirmed"}
    for wrong in (unconfirmed, form | {"confirmed": "4"}):
        assert manager.post(PAGE, data=wrong).status_code == 409
    assert counts(engine) == {1: 4}
    html, _ = carried_out(manager, form)
    assert counts(engine) == {1: 1, 2: 3}
    assert "已迁移 3 张工单" in html
    assert "1 张工单留在版本 1" in html
    assert f"/desk/tickets/{stuck}" in html
    html = manager.get(f"{PAGE}?from=1&to=2&map_parked=reception").text
    assert "请指定新版本" not in html
    html, _ = carried_out(manager, form_of(html))
    assert counts(engine) == {2: 4}
    assert "版本 1 上没有进行中的工单" in html
    with engine.connect() as connection:
        audited = connection.execute(
            text("select jsonb_array_length(detail -> 'tickets') from ops.audit_entry where deed = 'process:migrate'")
        ).scalars()
        assert list(audited) == [3, 1]
        events = connection.execute(text("select count(*) from ops.ticket_event where kind = 'process:migrate'"))
        assert events.scalar() == 4
        tasks = connection.execute(text("select node_key, count(*) from ops.task where state = 'open' group by 1"))
        assert [tuple(row) for row in tasks] == [("reception", 4)]


def test_many_are_moved_in_parts_and_each_once(
    sign_in: SignIn, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving_in_parts.move_part, "__kwdefaults__", {"most": 10})
    with engine.begin() as connection:
        open_many(connection, 34, definition_id=publish(connection, watched()))
        publish(connection, second_version())
    html, parts = carried_out(sign_in("manager"), form_of(sign_in("administrator").get(PAGE).text))
    assert parts == 4
    assert "已迁移 34 张工单" in html
    assert counts(engine) == {2: 34}
    with engine.connect() as connection:
        most = connection.execute(
            text("""select max(number) from (select count(*) as number from ops.ticket_event
                                              where kind = 'process:migrate' group by ticket_id) as events""")
        )
        assert most.scalar() == 1


def test_a_process_with_one_version_has_nothing_to_move(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    assert "只有一个版本" in manager.get("/manage/processes/property_repair/move").text
    assert manager.get("/manage/processes/nothing/move").status_code == 404
    same = manager.get("/manage/processes/property_repair/move?from=1&to=1")
    assert same.status_code == 422


def test_the_rules_page_tells_of_a_step_that_nobody_could_do(sign_in: SignIn, engine: Engine) -> None:
    manager = sign_in("manager")
    for role in ("desk", "supervisor", "area_lead", "quality", "finance", "executive", "technician"):
        sign_in(role)
    html = manager.get("/manage/process-rules").text
    assert "“房企维修流程”有步骤无人可以处理" in html
    assert "尚无规则指向它" in html
    with engine.begin() as connection:
        connection.execute(
            text("insert into ops.process_rule (position, process_key) values (1, 'property_repair')"),
        )
    assert "尚无规则指向它" not in manager.get("/manage/process-rules").text
    for role in ("property_lead", "warehouse"):
        sign_in(role)
    assert "有步骤无人可以处理" not in manager.get("/manage/process-rules").text


@pytest.mark.parametrize("paused", [False, True])
def test_the_plan_tells_which_clocks_of_the_new_version_have_run_out_already(
    sign_in: SignIn, engine: Engine, paused: bool
) -> None:
    """The tickets were opened an hour ago; of the two clocks they would get, one is at 45 minutes, one at 90."""
    later = second_version()
    later["nodes"][1]["timers"] += [
        timer("early", 45, "escalate", to=["manager"]),
        timer("late", 90, "escalate", to=["manager"]),
    ]
    with engine.begin() as connection:
        open_many(connection, 3, definition_id=publish(connection, watched()))
        if paused:
            connection.execute(text("update ops.ticket set pause_reason = 'waiting_owner'"))
        publish(connection, later)
    manager = sign_in("manager")
    html = manager.get(PAGE).text
    assert ("上报 × 3" in html) is not paused
    assert "上报 × 6" not in html
    carried_out(manager, form_of(html))
    with engine.connect() as connection:
        at_once = connection.execute(
            text(
                """select action, count(*) from ops.timer
                     where state = 'planned' and timer_key in ('early', 'late') and due_at <= now() group by 1"""
            )
        ).all()
    assert [tuple(row) for row in at_once] == ([] if paused else [("escalate", 3)])
