"""What a ticket's log and its refusals call things: steps by their titles, roles by their names, deputies with whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import SignIn
from tests.unit.ticket_service.pages.test_rights import account_of, delegation
from tests.watched_process import publish, watched

Create = Callable[..., dict[str, Any]]


def do(client: TestClient, number: str, action: str, *, language: str = "zh-CN", **body: Any) -> Any:
    """One action on the ticket as it stands."""
    sent = {"action": action, "version": client.get(f"/api/v1/tickets/{number}").json()["version"]} | body
    return client.post(f"/api/v1/tickets/{number}/actions", json=sent, headers={"accept-language": language})


@pytest.fixture
def waiting(sign_in: SignIn, engine: Engine, create: Create) -> str:
    """The number of a ticket that waits for the approval of finance."""
    made = watched(approvers=[{"role": "finance"}], title={"zh-CN": "费用审批", "en": "Approval of the cost"})
    with engine.begin() as connection:
        publish(connection, made)
    desk = sign_in("desk", staff="S-P1")
    number = str(create(desk)["number"])
    assert do(desk, number, "complete", choice="done", data={"estimated_cost_fen": 60_000}).status_code == 200
    return number


def test_a_refusal_names_the_step_as_its_own_process_does(waiting: str, sign_in: SignIn) -> None:
    for language, words in (("zh-CN", "费用审批"), ("en", "Approval of the cost")):
        refused = do(
            sign_in("quality", staff="S-W1" if language == "en" else None), waiting, "approve", language=language
        )
        assert refused.status_code == 403
        assert words in refused.json()["detail"]
        assert "money" not in refused.json()["detail"]
    steered = do(sign_in("supervisor"), waiting, "cancel", data={"reason": "x"})
    assert steered.json()["detail"] == "当前环节“费用审批”不能取消，须由客服操作。"
    unknown = do(sign_in("manager"), waiting, "reject", data={"reason": "x"})
    assert unknown.json()["detail"] == "当前环节“费用审批”不能驳回：此流程没有这项操作。"


@pytest.mark.parametrize(("language", "line"), [("zh-CN", "{deputy} 代 {away}"), ("en", "{deputy} for {away}")])
def test_the_log_says_for_whom_a_deputy_approved_and_who_was_asked(
    waiting: str, language: str, line: str, sign_in: SignIn, engine: Engine
) -> None:
    finance, deputy, desk = sign_in("finance"), sign_in("quality"), sign_in("desk")
    desk.post("/language", data={"language": language})
    page = f"/desk/tickets/{waiting}"
    assert do(finance, waiting, "add_signer", data={"role": "area_lead", "note": "请一并确认"}).status_code == 200
    shown = desk.get(page).text
    assert ("片区负责人" if language == "zh-CN" else "Area lead") in shown
    assert "area_lead" not in shown
    finance.post("/account/delegation", data=delegation(account_of(engine, "quality-None-None")))
    with engine.begin() as connection:
        connection.execute(text("update ops.delegation set starts_at = now() - interval '1 hour'"))
    assert do(deputy, waiting, "approve").status_code == 200
    assert line.format(deputy="quality-None-None", away="finance-None-None") in desk.get(page).text
