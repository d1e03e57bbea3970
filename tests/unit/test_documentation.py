"""What the manuals say is there: pages they lead to, pictures they show, programs they print."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from ops_db.webhooks.delivering import signed_headers

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def links_in(text: str) -> list[str]:
    """Where a page leads, but for other sites."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [link for link in _LINK.findall(prose) if not link.startswith(("http://", "https://"))]


def anchors_of(text: str) -> set[str]:
    """The headings of a page as they are linked to."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links_in(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []


def test_a_link_that_leads_nowhere_would_be_found() -> None:
    assert links_in(
        "see [that](docs/none.md#x), ![a](b.png) and [site](https://example.com)\n```\n[no](link)\n```"
    ) == [
        "docs/none.md#x",
        "b.png",
    ]
    assert anchors_of("# Two commands\n## What, then?") == {"two-commands", "what-then"}


def test_each_manual_and_each_picture_is_shown_somewhere() -> None:
    shown = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in links_in(page.read_text(encoding="utf-8"))
    }
    made = {*ROOT.glob("docs/*.md"), *ROOT.glob("docs/screenshots/*.png")}
    assert sorted(path.name for path in made - shown) == []


def test_no_picture_is_larger_than_a_reader_waits_for() -> None:
    sizes = {path.name: path.stat().st_size for path in ROOT.glob("docs/screenshots/*.png")}
    assert {name: size for name, size in sizes.items() if size > 250 * 1024} == {}


def programs() -> dict[str, Any]:
    """What the Python of the manual of webhooks defines."""
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, names)
    return names


def test_the_manual_recognises_what_we_sign_and_nothing_else() -> None:
    is_from_anju = programs()["is_from_anju"]
    body = '{"type":"ticket.create","data":{"number":"T00000042","note":"漏水"}}'.encode()
    headers = signed_headers(SECRET, UUID(int=7), body, dt.datetime.now(dt.UTC))
    old = signed_headers(SECRET, UUID(int=7), body, dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6))

    assert is_from_anju(SECRET, headers, body)
    assert not is_from_anju(SECRET, headers, body + b" ")
    assert not is_from_anju("whsec_" + "A" * 32, headers, body)
    assert not is_from_anju(SECRET, headers | {"webhook-id": "another"}, body)
    assert not is_from_anju(SECRET, old, body)


def test_we_recognise_what_the_manual_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    def caught(request: Any) -> io.BytesIO:
        sent.append(request)
        return io.BytesIO(b"{}")

    monkeypatch.setattr("urllib.request.urlopen", caught)
    programs()["send"](
        "https://anju.example/api/v1/hooks/meters", SECRET, {"type": "ticket.comment", "data": {"body": "漏水"}}
    )

    (request,) = sent
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert Webhook(SECRET).verify(request.data, headers) == {"type": "ticket.comment", "data": {"body": "漏水"}}
