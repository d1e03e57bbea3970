"""Messages and photos: who sees what, and what is left of a file somebody uploads."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from core.settings import Settings

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]

GPS = 0x8825
CAMERA = 0x0110


def jpeg(size: tuple[int, int] = (64, 48), *, exif: bool = False) -> bytes:
    """A photo; with `exif` one that says where it was taken and lies on its side."""
    image = Image.new("RGB", size, (180, 90, 30))
    written = io.BytesIO()
    if not exif:
        image.save(written, "JPEG")
        return written.getvalue()
    tags = Image.Exif()
    tags[CAMERA] = "SECRET-CAMERA"
    tags[0x0112] = 6
    tags.get_ifd(GPS)[1] = "N"
    tags.get_ifd(GPS)[2] = (30.0, 15.0, 0.0)
    image.save(written, "JPEG", exif=tags, comment=b"<script>alert(1)</script>")
    return written.getvalue()


def huge_png() -> bytes:
    """A few kilobytes that claim to be 900 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = (30_000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4096))) + chunk(b"IEND", b"")
    )


def upload(client: TestClient, path: str, content: bytes, name: str = "photo.jpg") -> Any:
    return client.post(f"/api/v1{path}/attachments", files={"file": (name, content, "image/jpeg")})


@pytest.fixture
def ticket(sign_in: SignIn, create: Create) -> tuple[TestClient, dict[str, Any]]:
    desk = sign_in("desk")
    return desk, create(desk)


def test_nothing_but_the_pixels_of_a_photo_is_kept(
    ticket: tuple[TestClient, dict[str, Any]], settings: Settings
) -> None:
    desk, created = ticket
    original = jpeg(exif=True)
    assert b"SECRET-CAMERA" in original
    answer = upload(desk, f"/tickets/{created['number']}", original)
    assert answer.status_code == 201, answer.text
    kept = desk.get(f"/api/v1/tickets/{created['number']}/attachments/{answer.json()['id']}")
    assert kept.headers["content-type"] == "image/jpeg"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in kept.headers["content-security-policy"]
    assert b"SECRET" not in kept.content
    assert b"script" not in kept.content
    image = Image.open(io.BytesIO(kept.content))
    assert dict(image.getexif()) == {}
    assert image.size == (48, 64), "The photo lay on its side and now stands."
    (file,) = [path for path in settings.attachments.rglob("*") if path.is_file()]
    assert file.read_bytes() == kept.content


@pytest.mark.parametrize("appended", [b"<script>alert(1)</script>", b"PK\x03\x04 a zip", b"<?php system($_GET[0]); ?>"])
def test_what_hides_behind_a_photo_does_not_survive(ticket: tuple[TestClient, dict[str, Any]], appended: bytes) -> None:
    desk, created = ticket
    answer = upload(desk, f"/tickets/{created['number']}", jpeg() + appended, name="../../etc/evil.html")
    kept = desk.get(f"/api/v1/tickets/{created['number']}/attachments/{answer.json()['id']}")
    assert appended not in kept.content
    assert kept.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment_refused"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "attachment_refused"),
        (b"GIF89a" + bytes(40), "attachment_refused"),
        (jpeg()[:200], "attachment_refused"),
        (huge_png(), "attachment_too_large"),
        (jpeg() + bytes(2 * 1024 * 1024), "attachment_too_large"),
        (bytes(4 * 1024 * 1024), "body_too_large"),
    ],
    ids=["empty", "svg", "gif", "cut", "bomb", "over the limit", "far over the limit"],
)
def test_what_is_no_photo_leaves_no_row_and_no_file(
    ticket: tuple[TestClient, dict[str, Any]], settings: Settings, content: bytes, code: str
) -> None:
    desk, created = ticket
    answer = upload(desk, f"/tickets/{created['number']}", content)
    assert answer.json()["code"] == code
    assert answer.status_code in (413, 415)
    assert desk.get(f"/api/v1/tickets/{created['number']}").json()["attachments"] == []
    assert [path for path in settings.attachments.rglob("*") if path.is_file()] == []


def test_the_same_photo_twice_is_kept_once(ticket: tuple[TestClient, dict[str, Any]]) -> None:
    desk, created = ticket
    first, second = (upload(desk, f"/tickets/{created['number']}", jpeg()).json() for _ in range(2))
    assert first["id"] == second["id"]


def test_a_photo_belongs_to_its_ticket_alone(
    ticket: tuple[TestClient, dict[str, Any]], sign_in: SignIn, create: Create
) -> None:
    desk, created = ticket
    photo = upload(desk, f"/tickets/{created['number']}", jpeg()).json()["id"]
    other = create(desk)["number"]
    assert desk.get(f"/api/v1/tickets/{other}/attachments/{photo}").status_code == 404
    stranger = sign_in("desk", project="SH02")
    assert stranger.get(f"/api/v1/tickets/{created['number']}/attachments/{photo}").status_code == 404


def test_an_internal_message_is_hidden_from_the_owner(
    ticket: tuple[TestClient, dict[str, Any]], client: TestClient
) -> None:
    desk, created = ticket
    path = f"/api/v1/tickets/{created['number']}/messages"
    assert desk.post(path, json={"body": "业主情绪激动", "is_internal": True}).status_code == 201
    assert desk.post(path, json={"body": "师傅明早上门"}).status_code == 201
    link = "/api/v1/track/" + created["tracking_url"].rpartition("/")[2]
    assert client.post(f"{link}/messages", json={"body": "好的,谢谢"}).status_code == 201
    seen = client.get(link)
    assert [message["body"] for message in seen.json()["messages"]] == ["师傅明早上门", "好的,谢谢"]
    assert "情绪激动" not in seen.text
    assert len(desk.get(f"/api/v1/tickets/{created['number']}").json()["messages"]) == 3


def test_a_json_request_larger_than_any_we_know_is_refused_unread(ticket: tuple[TestClient, dict[str, Any]]) -> None:
    desk, created = ticket
    answer = desk.post(f"/api/v1/tickets/{created['number']}/messages", json={"body": "水" * 200_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_file_is_complete_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops_db.conversation import photos  # noqa: PLC0415  Patched here and only here.

    def fails(_descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(photos.os, "fsync", fails)
    with pytest.raises(OSError, match="disk is full"):
        photos.store(tmp_path, photos.harmless(jpeg()))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
