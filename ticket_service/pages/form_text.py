"""What a browser sent with a form: its text, trimmed, and the photos that were chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

MOST_PHOTOS: Final = 12
"""Photos one field takes at once; whoever chooses more is told so and keeps the form."""

_MOST_FILES: Final = 200
_MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was chosen."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Submitted:
    """The text by field name, the photos by the field they were chosen in, and all texts of fields that repeat."""

    typed: dict[str, str]
    photos: dict[str, list[Upload]]
    texts: dict[str, list[str]] = field(default_factory=dict)


async def submitted(request: Request, *, most_fields: int = _MOST_FIELDS) -> Submitted:
    """Read the form; empty file fields are left out. A form no page of ours makes is refused by the parser."""
    typed: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    photos: dict[str, list[Upload]] = {}
    async with request.form(max_files=_MOST_FILES, max_fields=most_fields) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read()
                if content:
                    photos.setdefault(name, []).append(Upload(value.filename or "", content))
            else:
                typed[name] = value.strip()
                texts.setdefault(name, []).append(value)
    return Submitted(typed, photos, texts)
