"""What a step asks for before it is done is said on every page that offers it, and the lists know its process."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.unit.ticket_service.pages.conftest import NEW
from tests.watched_process import publish, task, watched, words

SignIn = Callable[..., TestClient]


def process_with_evidence() -> dict[str, object]:
    look = task("look", "desk", "ask", deputies=["technician"])
    look["title"] = words("Look at it")
    look["choices"][0]["evidence"] = [{"kind": "photo", "purpose": "after"}, {"kind": "message"}]
    ask = {
        "kind": "approval",
        "key": "ask",
        "title": words("Agree to it"),
        "owner_status": "accepted",
        "approvers": [{"role": "supervisor"}],
        "approved": "closed",
        "declined": "closed",
    }
    nodes = [
        {"kind": "start", "key": "begin", "next": "look"},
        look,
        ask,
        {"kind": "end", "key": "closed"},
    ]
    return watched() | {"nodes": nodes}


def test_missing_evidence_stands_beside_the_button_and_what_is_sent_with_the_form_counts(
    sign_in: SignIn, fill: Callable[..., dict[str, str]], photo: bytes, engine: Engine
) -> None:
    with engine.begin() as connection:
        publish(connection, process_with_evidence())
    desk = sign_in("desk")
    opened = desk.post("/desk/new", data=fill(desk.get("/desk/new?home=HZ01-03-1802").text, "/desk/new", **NEW))
    ticket = opened.url.path
    number = ticket.rsplit("/", 1)[1]
    worker = sign_in("technician", staff="S-W1")
    job = f"/work/{number}"
    for page in (desk.get(ticket).text, worker.get(job).text):
        assert "提交前还需要：" in page
        assert '维修后照片数 <span class="figures">0/1</span>' in page
        assert '消息数 <span class="figures">0/1</span>' in page
    offered = worker.get(f"/api/v1/tickets/{number}").json()["actions"]
    done = next(one for one in offered if one["choice"] == "done")
    assert done["evidence"] == [
        {"fact": "photo_after_count", "count": 0, "minimum": 1},
        {"fact": "message_count", "count": 0, "minimum": 1},
    ]
    assert done["form"] is None

    sent = fill(worker.get(job).text, f"{job}/act", choice="done")
    refused = worker.post(f"{job}/act", data=sent, files={"after": ("b.jpg", photo, "image/jpeg")})
    assert refused.status_code == 422, "the message is still missing, and nothing of the form was kept"
    assert '维修后照片数 <span class="figures">0/1</span>' in refused.text
    worker.post(f"{job}/messages", data=fill(worker.get(job).text, f"{job}/messages", body="看过了"))
    page = worker.get(job).text
    assert '消息数 <span class="figures">1/1</span>' in page
    sent = fill(page, f"{job}/act", choice="done")
    assert worker.post(f"{job}/act", data=sent, files={"after": ("b.jpg", photo, "image/jpeg")}).status_code == 200

    page = worker.get(job).text
    assert 'id="approvals"' in page
    assert "Agree to it" in page
    queue = desk.get("/desk?view=open&step=ask").text
    assert '<option value="ask" selected' in queue
    assert number in queue
    mine = sign_in("supervisor").get("/desk").text
    assert number in mine
