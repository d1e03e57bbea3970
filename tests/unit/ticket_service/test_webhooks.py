"""Other systems are told each thing once and in order, whatever befalls them; their own messages are worked once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from standardwebhooks import Webhook

from core.identifiers import uuid7
from ops_db.engine import worker_engine
from ops_db.webhooks.delivering import Delivered, deliver_due
from ops_db.webhooks.outbound import Reply
from tests.settled_server import settle

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]
Clock = list[dt.datetime]


@pytest.fixture
def administrator(sign_in: SignIn) -> TestClient:
    return sign_in("administrator")


def add_endpoint(administrator: TestClient, **typed: Any) -> tuple[str, str]:
    """Id and key of a new endpoint."""
    form = {"name": "ERP", "url": "https://erp.example/hook", "project": "", "kinds": []} | typed
    page = administrator.post("/manage/webhooks", data=form)
    assert page.status_code == 200, page.text
    secret = re.search(r'class="secret figures">([^<]+)<', page.text)
    assert secret is not None
    return str(page.url).rsplit("/", 1)[1], secret[1]


class Killed(BaseException):
    """The worker is gone, and no code of ours runs any more."""


class Outside:
    """A receiver that answers as it is told, and a clock that is moved by hand."""

    def __init__(self, app: FastAPI, database_url: str) -> None:
        self.now = dt.datetime.now(dt.UTC)
        self.status: int | None = 200
        self.seen: list[tuple[str, dict[str, Any], dict[str, str], bytes]] = []
        self.is_killed_after_sending = False
        self._app, self._url = app, database_url
        self._runner, self._engine = asyncio.Runner(), worker_engine(database_url, pool_size=4)

    async def send(self, url: str, content: bytes, headers: dict[str, str]) -> Reply:
        if self.status is not None and 200 <= self.status < 300:
            self.seen.append((url, json.loads(content), headers, content))
        if self.is_killed_after_sending:
            raise Killed
        return Reply(self.status, "words of the receiver")

    def sweep(self) -> Delivered:
        """Look at the queue once, when no transaction of the server, those of other tests included, is older."""
        settle(self._url)

        keys = self._app.state.service.personal_data
        return self._runner.run(deliver_due(self._engine, send=self.send, personal_data=keys, clock=lambda: self.now))

    def close(self) -> None:
        """Give the connections back."""
        self._runner.run(self._engine.dispose())
        self._runner.close()

    def pass_time(self, **span: float) -> None:
        """Let time pass, with a look at the queue every quarter of an hour."""
        until = self.now + dt.timedelta(**span)
        while self.now < until:
            self.now = min(until, self.now + dt.timedelta(minutes=15))
            self.sweep()


@pytest.fixture
def outside(app: FastAPI, database_url: str) -> Iterator[Outside]:
    made = Outside(app, database_url)
    yield made
    made.close()


def events(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("select kind from ops.ticket_event order by id")).scalars())


def test_a_receiver_that_is_down_for_a_day_is_told_everything_once_and_in_order(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside, engine: Engine
) -> None:
    _id, secret = add_endpoint(administrator)
    desk, outside.status = sign_in("desk"), 503
    tickets = []
    for _ in range(6):
        ticket = create(desk)
        tickets.append(ticket["number"])
        act = {"action": "complete", "choice": "accept", "version": ticket["version"], "data": {}}
        assert desk.post(f"/api/v1/tickets/{ticket['number']}/actions", json=act).status_code == 200
        outside.pass_time(hours=4)
    assert outside.seen == []
    outside.status = 200
    outside.pass_time(hours=7)
    ids = [headers["webhook-id"] for _, _, headers, _ in outside.seen]
    assert len(ids) == len(set(ids)) == len(events(engine)) >= 12
    assert [body["type"].replace(".", ":") for _, body, _, _ in outside.seen] == events(engine)
    versions: dict[str, list[int]] = {}
    for _, body, headers, content in outside.seen:
        versions.setdefault(body["data"]["number"], []).append(body["data"]["version"])
        moment = dt.datetime.fromtimestamp(int(headers["webhook-timestamp"]), dt.UTC)
        assert Webhook(secret).sign(headers["webhook-id"], moment, content.decode()) == headers["webhook-signature"]
    assert list(versions) == tickets
    assert all(found == sorted(found) for found in versions.values())
    assert outside.sweep() == Delivered()


def test_messages_hold_no_personal_data(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside
) -> None:
    add_endpoint(administrator)
    create(sign_in("desk"), description="请打 13900001111 找王芳", title="王芳家漏水")
    outside.sweep()
    sent = "".join(content.decode() for *_, content in outside.seen)
    assert outside.seen
    for secret in ("13800001234", "138 0000 1234", "13900001111", "王芳"):
        assert secret not in sent


def test_an_endpoint_is_told_of_its_kinds_and_its_project_alone(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside
) -> None:
    add_endpoint(administrator, project="SH02", url="https://sh.example/")
    add_endpoint(administrator, kinds=["task:complete"], url="https://done.example/")
    desk = sign_in("desk")
    create(desk)
    create(desk, unit_code="SH02-03-1801")
    outside.sweep()
    assert {(url, body["data"]["project_code"]) for url, body, _, _ in outside.seen} == {
        ("https://sh.example/", "SH02")
    }


def test_whoever_is_killed_between_sending_and_writing_down_sends_again_under_the_same_id(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside
) -> None:
    add_endpoint(administrator, kinds=["ticket:create"])
    create(sign_in("desk"))
    outside.is_killed_after_sending = True
    with pytest.raises(Killed):
        outside.sweep()
    outside.is_killed_after_sending = False
    outside.sweep()
    assert len(outside.seen) == 1
    outside.now += dt.timedelta(minutes=2)
    outside.sweep()
    first, second = (headers["webhook-id"] for _, _, headers, _ in outside.seen)
    assert first == second
    assert outside.sweep() == Delivered()


def test_after_three_days_a_message_is_dead_and_can_be_sent_again_from_the_page(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside
) -> None:
    id, _ = add_endpoint(administrator, kinds=["ticket:create"])
    create(sign_in("desk"))
    outside.status = None
    outside.sweep()
    outside.pass_time(hours=73)
    page = administrator.get(f"/manage/webhooks/{id}?state=dead").text
    assert "投递失败" in page
    assert "words of the receiver" in page
    outside.status = 200
    administrator.post(f"/manage/webhooks/{id}", data={"deed": "replay"})
    outside.now = max(outside.now, dt.datetime.now(dt.UTC)) + dt.timedelta(seconds=1)
    assert outside.sweep().taken == 1
    assert "已送达" in administrator.get(f"/manage/webhooks/{id}").text


def test_five_days_of_failure_switch_an_endpoint_off_and_switching_it_on_tells_what_was_missed(
    administrator: TestClient, sign_in: SignIn, create: Create, outside: Outside, engine: Engine
) -> None:
    id, _ = add_endpoint(administrator, kinds=["ticket:create"])
    desk = sign_in("desk")
    create(desk)
    outside.status = 500
    outside.sweep()
    outside.now += dt.timedelta(hours=72, minutes=1)
    outside.sweep()
    create(desk)
    for _ in range(10):
        outside.now += dt.timedelta(hours=7)
        outside.sweep()
    with engine.connect() as connection:
        disabled = connection.execute(text("select disabled_reason from ops.webhook_endpoint")).scalar_one()
        noted = connection.execute(
            text("select count(*) from ops.audit_entry where deed = 'webhook:switch_off'")
        ).scalar_one()
    assert "five days" in disabled
    told = administrator.get("/notices").text
    assert f'href="/manage/webhooks/{id}">推送已停用：ERP</a>' in told
    assert "接收方已连续五天没有应答。" in told
    assert '<span class="bell-count">1</span>' in told
    assert sign_in("supervisor").get("/api/v1/notices").json()["items"] == []
    (notice,) = administrator.get("/api/v1/notices").json()["items"]
    assert (notice["number"], notice["link"]) == (None, f"/manage/webhooks/{id}")
    page = administrator.get(notice["link"]).text
    assert "接收方已连续五天没有应答。" in page
    assert "工单已创建" in page
    assert noted == 1
    create(desk)
    assert outside.sweep() == Delivered()
    administrator.post(f"/manage/webhooks/{id}", data={"deed": "enable"})
    administrator.post(f"/manage/webhooks/{id}", data={"deed": "replay"})
    outside.status = 200
    outside.now += dt.timedelta(hours=7)
    outside.sweep()
    outside.sweep()
    assert len({headers["webhook-id"] for _, _, headers, _ in outside.seen}) == 3


def test_a_receiver_that_is_gone_for_good_is_switched_off_at_once(
    administrator: TestClient, outside: Outside, engine: Engine
) -> None:
    id, _ = add_endpoint(administrator)
    administrator.post(f"/manage/webhooks/{id}", data={"deed": "test"})
    outside.now, outside.status = dt.datetime.now(dt.UTC), 410
    outside.sweep()
    assert "410" in administrator.get(f"/manage/webhooks/{id}").text


def test_an_address_in_the_own_network_or_without_https_is_refused_on_the_page(administrator: TestClient) -> None:
    for url in ("http://erp.example/", "https://user@erp.example/", "ftp://erp.example", "https://10.0.0.1/"):
        answer = administrator.post("/manage/webhooks", data={"name": "x", "url": url})
        assert answer.status_code == 422
        assert "无法向该地址发送" in answer.text
    assert "请填写公网地址" in answer.text


@pytest.fixture
def source(administrator: TestClient) -> str:
    """The key of a source for the project HZ01."""
    page = administrator.post("/manage/webhooks/sources", data={"key": "meters", "name": "水表平台", "project": "HZ01"})
    secret = re.search(r'class="secret figures">([^<]+)<', page.text)
    assert secret is not None
    return secret[1]


def signed(
    secret: str, body: dict[str, Any], *, id: str | None = None, at: dt.datetime | None = None
) -> dict[str, Any]:
    content, moment, id = json.dumps(body), at or dt.datetime.now(dt.UTC), id or f"msg_{uuid7()}"
    signature = Webhook(secret).sign(id, moment, content)
    headers = {"webhook-id": id, "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
    return {"content": content, "headers": headers | {"content-type": "application/json"}}


OPEN = {"type": "ticket.open", "data": {"unit_code": "HZ01-03-1802", "description": "水表夜间持续走水"}}


def test_a_signed_message_opens_a_ticket_once_and_another_comments_it(
    source: str, client: TestClient, sign_in: SignIn
) -> None:
    sent = signed(source, OPEN)
    first, again = (client.post("/api/v1/hooks/meters", **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert again.json()["is_repeated"] is True
    number = first.json()["number"]
    comment = {"type": "ticket.comment", "data": {"number": number, "body": "流量已恢复正常"}}
    assert client.post("/api/v1/hooks/meters", **signed(source, comment)).status_code == 201
    ticket = sign_in("desk").get(f"/api/v1/tickets/{number}").json()
    assert [one["body"] for one in ticket["messages"]] == ["流量已恢复正常"]
    assert ticket["channel"] == "sensor"
    other = signed(
        source,
        {"type": "ticket.open", "data": OPEN["data"] | {"description": "另一条"}},
        id=sent["headers"]["webhook-id"],
    )
    assert client.post("/api/v1/hooks/meters", **other).json()["code"] == "idempotency_key_reused"


def test_what_is_not_signed_stale_forged_or_of_another_project_changes_nothing(
    source: str, client: TestClient, engine: Engine, administrator: TestClient
) -> None:
    good = signed(source, OPEN)
    stale = signed(source, OPEN, at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6))
    early = signed(source, OPEN, at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6))
    swapped = good | {"content": good["content"].replace("1802", "1801")}
    renamed = good | {"headers": good["headers"] | {"webhook-id": "msg_other"}}
    odd = [
        good | {"headers": good["headers"] | {"webhook-signature": one}}
        for one in ("", "v1", "v1,x", "v1,é", "v2,aaaa", ",")
    ]
    for sent in (good | {"headers": {}}, stale, early, swapped, renamed, signed("whsec_" + "A" * 32, OPEN), *odd):
        headers = {name: value.encode() for name, value in sent["headers"].items()}
        answer = client.post("/api/v1/hooks/meters", content=sent["content"], headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature"), sent
    assert client.post("/api/v1/hooks/nobody", **good).json()["code"] == "invalid_signature"
    for body in (
        {"type": "ticket.open", "data": OPEN["data"] | {"unit_code": "SH02-03-1801"}},
        {"type": "ticket.open", "data": {"description": "x", "state": "closed"}},
        {"type": "ticket.delete", "data": {}},
        [1],
    ):
        answer = client.post("/api/v1/hooks/meters", **signed(source, body))
        assert answer.status_code == 422, body
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from ops.ticket")).scalar_one() == 0
    page = administrator.get("/manage/webhooks").text
    id = re.findall(r'name="source" value="([^"]+)"', page)[0]
    administrator.post("/manage/webhooks/sources/switch", data={"source": id, "is_active": ""})
    assert client.post("/api/v1/hooks/meters", **signed(source, OPEN)).status_code == 401


def test_the_audit_page_finds_deeds_and_verifies_the_log_of_a_ticket(
    administrator: TestClient, sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    number = create(desk)["number"]
    add_endpoint(administrator, name="客户中台")
    page = administrator.get("/manage/audit?deed=webhook:add").text
    assert "客户中台" in page
    assert "客户中台" not in administrator.get("/manage/audit?deed=session:begin").text
    assert "日志完整" in administrator.get(f"/manage/audit?ticket={number}").text
    with engine.begin() as connection:
        connection.execute(text("alter table ops.ticket_event disable trigger refuse_change"))
        connection.execute(text("update ops.ticket_event set payload = '{}'"))
        connection.execute(text("alter table ops.ticket_event enable trigger refuse_change"))
    assert "日志与写入时不一致" in administrator.get(f"/manage/audit?ticket={number}").text
    assert administrator.get("/manage/audit?ticket=T99999999").status_code == 404
    assert desk.get("/manage/audit").status_code == 403


def test_the_reference_shows_every_operation_without_a_script_of_its_own(client: TestClient) -> None:
    page = client.get("/api/docs").text
    described = client.get("/api/v1/openapi.json").json()["paths"]
    for path in described:
        assert f"<code>{path}</code>" in page
    assert not re.search(r'(?:src|href)="https?://', page)
