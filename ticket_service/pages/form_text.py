"""What a browser sent with a form: its text, trimmed, and the photos that were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

MOST_PHOTOS: Final = 12
_MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class Submitted:
    """The text by field name, and the photos by the name of the field they were chosen in."""

    typed: dict[str, str]
    photos: dict[str, list[bytes]]


async def submitted(request: Request) -> Submitted:
    """Read the form; empty file fields are left out. Too many fields or files are refused by the parser."""
    typed: dict[str, str] = {}
    photos: dict[str, list[bytes]] = {}
    async with request.form(max_files=MOST_PHOTOS, max_fields=_MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read()
                if content:
                    photos.setdefault(name, []).append(content)
            else:
                typed[name] = value.strip()
    return Submitted(typed, photos)
