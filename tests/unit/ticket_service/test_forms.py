"""Designed forms over the API and without scripts: what is read, what is refused, and what is kept of answers."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ops_db.forms.loading import as_data, as_yaml, default_report
from ops_db.personal_data import PersonalData

SignIn = Callable[..., TestClient]

ANSWERS = {
    "project": "HZ01",
    "building": "03",
    "home": "HZ01-03-1802",
    "description": "主卫门口墙面渗水",
    "phone": "138 0000 1234",
    "name": "王芳",
}


def answer(client: TestClient, key: str = "form-key-1", **changes: Any) -> Any:
    body = {"answers": ANSWERS | changes.pop("answers", {})} | changes
    return client.post("/api/v1/forms/report/responses", json=body, headers={"Idempotency-Key": key})


def posted(page: str, deed: str, **typed: str) -> dict[str, str]:
    """The form of a deed on a management page, with what is typed into it."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    form = next(one for one in forms if f'name="deed" value="{deed}"' in one)
    return dict(re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', form)) | {"deed": deed} | typed


def make_code(manager: TestClient) -> str:
    """The address of a code for the home 1802."""
    page = manager.get("/manage/forms/report").text
    place = {"project": "HZ01", "building": "03", "home": "HZ01-03-1802", "scope": "home"}
    made = manager.post("/manage/forms/report", data=posted(page, "links", **place))
    assert made.status_code == 200, made.text
    (address,) = set(re.findall(r'href="(/f/[a-z0-9]+)"', made.text))
    return str(address)


def test_a_form_its_schema_and_its_answers_are_open_to_programs(client: TestClient, engine: Engine) -> None:
    assert client.get("/api/v1/forms/report").json() == as_data(default_report())
    schema = client.get("/api/v1/forms/report/schema").json()
    jsonschema.Draft202012Validator(schema).validate({**ANSWERS, "phone": "13800001234"})
    first, again = answer(client), answer(client)
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    with engine.connect() as connection:
        ticket = connection.execute(
            text("select *, process_data ->> 'form_reported' as reported from ops.ticket")
        ).one()
    assert (ticket.number, ticket.channel, ticket.description) == (first.json()["number"], "portal", "主卫门口墙面渗水")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", ticket.reported)
    assert client.get("/api/v1/forms/nothing").status_code == 404


def test_refused_answers_name_their_fields_and_repeat_nothing(client: TestClient, engine: Engine) -> None:
    wrong = {"home": "HZ01-03-9999", "phone": "leak-me", "noticed": "2999-01-01", "is_admin": True, "description": ""}
    refused = answer(client, answers=wrong)
    assert refused.status_code == 422
    assert refused.json()["code"] == "answers_refused"
    assert sorted(refused.json()["fields"]) == ["description", "home", "is_admin", "noticed", "phone"]
    assert "leak-me" not in refused.text
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket")) == 0


def test_personal_answers_are_sealed_and_shown_masked(
    client: TestClient, engine: Engine, sign_in: SignIn, settings: Any
) -> None:
    number = answer(client).json()["number"]
    with engine.connect() as connection:
        row = connection.execute(text("select answers, personal_ciphertext from ops.form_response")).one()
    assert "13800001234" not in json.dumps(row.answers)
    assert "王芳" not in json.dumps(row.answers, ensure_ascii=False)
    sealed = json.loads(PersonalData.of(settings).decrypt(row.personal_ciphertext))
    assert sealed == {"phone": "13800001234", "name": "王芳"}
    page = sign_in("desk").get(f"/desk/tickets/{number}").text
    assert "138****1234" in page
    assert "13800001234" not in page


def test_a_code_fixes_the_place_until_it_is_closed(client: TestClient, sign_in: SignIn, engine: Engine) -> None:
    manager = sign_in("manager")
    address = make_code(manager)
    assert make_code(manager) == address
    page = client.get(address).text
    assert "1802 室" in page
    assert 'name="q-project"' not in page
    other = answer(client, code=address.rsplit("/", 1)[1], answers={"home": "HZ01-03-1801"})
    assert other.status_code == 201
    with engine.connect() as connection:
        unit = connection.scalar(text("select unit.code from ops.ticket join ops.unit on unit.id = ticket.unit_id"))
    assert unit == "HZ01-03-1802"
    closed = manager.post("/manage/forms/report", data=posted(manager.get("/manage/forms/report").text, "revoke"))
    assert closed.status_code == 200
    assert client.get(address).status_code == 404


def test_a_form_is_answered_without_scripts_with_a_photo_and_a_mistake(
    client: TestClient, sign_in: SignIn, engine: Engine
) -> None:
    address = make_code(sign_in("manager"))
    client.headers["origin"] = "http://testserver"
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 140, 90)).save(picture, "JPEG")
    key = re.search(r'name="idempotency_key" value="([^"]+)"', client.get(address).text)
    assert key is not None
    typed = {"idempotency_key": key[1], "q-description": "渗水", "q-phone": "12", "q-name": "王芳"}
    lists = client.post(address, data=typed | {"step": "lists", "q-category": "leakage"})
    assert '<option value="leakage" selected' in lists.text or "q-category" in lists.text
    refused = client.post(address, data=typed)
    assert refused.status_code == 422
    assert "请填写 11 位手机号" in refused.text
    assert "渗水</textarea>" in refused.text
    files = {"q-photos": ("leak.jpg", picture.getvalue(), "image/jpeg")}
    taken = client.post(address, data=typed | {"q-phone": "13800001234"}, files=files)
    assert taken.status_code == 200, taken.text
    assert "/report/received/" in str(taken.url)
    bad = {"q-photos": ("leak.jpg", b"no picture", "image/jpeg")}
    again = client.post(address, data=typed | {"q-phone": "13800001234", "q-name": "李"}, files=bad)
    assert again.status_code == 415
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket")) == 1
        assert connection.scalar(text("select count(*) from ops.attachment")) == 1


def test_a_draft_is_saved_by_one_at_a_time_and_published_when_it_is_fit(sign_in: SignIn, engine: Engine) -> None:
    manager = sign_in("manager")
    page = manager.get("/manage/forms/report").text
    manager.post("/manage/forms/report", data=posted(page, "draft"))
    draft = "/manage/forms/report/draft"
    changed = as_data(default_report()) | {"title": {"zh-CN": "", "en": "Other"}}
    saved = manager.put(draft, json={"definition": changed, "revision": 1})
    assert [problem["place"] for problem in saved.json()["problems"]] == ["form"]
    assert manager.put(draft, json={"definition": changed, "revision": 1}).status_code == 409
    assert manager.get("/manage/forms/report/preview").status_code == 200
    assert 'value="publish"' not in manager.get("/manage/forms/report").text
    fit = changed | {"title": {"zh-CN": "报修二", "en": "Other"}, "key": "stolen", "version": 99}
    assert manager.put(draft, json={"definition": fit, "revision": 2}).json()["problems"] == []
    manager.post("/manage/forms/report", data=posted(manager.get("/manage/forms/report").text, "publish"))
    with engine.connect() as connection:
        states = connection.execute(text("select key, version, state from ops.form_definition order by version")).all()
    assert [tuple(row) for row in states] == [("report", 1, "retired"), ("report", 2, "published")]
    with pytest.raises(DBAPIError, match="never changes"), engine.begin() as connection:
        connection.execute(text("update ops.form_definition set definition = '{}' where version = 2"))


def test_only_who_manages_forms_everywhere_changes_them(sign_in: SignIn, client: TestClient) -> None:
    assert sign_in("desk").get("/manage/forms").status_code == 403
    somewhere = sign_in("manager", project="HZ01")
    assert somewhere.get("/manage/forms/report").status_code == 200
    assert 'value="draft"' not in somewhere.get("/manage/forms/report").text
    manager = sign_in("manager")
    page = manager.get("/manage/forms/report").text
    refused = somewhere.post("/manage/forms/report", data=posted(page, "draft"))
    assert refused.status_code == 403
    taken = manager.get("/manage/forms/report/versions/1.yaml")
    assert taken.text == as_yaml(default_report())
