"""Short films: known by their first bytes, kept under the hash of all of them, never decoded here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from ops_db.errors import AttachmentRefused

VIDEO_TYPES: Final = ("video/mp4", "video/webm", "video/quicktime")
_EBML: Final = b"\x1a\x45\xdf\xa3"
_LARGEST_BOX: Final = 1024


@dataclass(frozen=True, slots=True)
class Video:
    """A film as it was sent, named by the hash of its bytes."""

    content: bytes
    sha256: str
    media_type: str


def sniffed(content: bytes) -> Video:
    """The film in `content`; raises AttachmentRefused for what does not begin like MP4, QuickTime or WebM."""
    media_type = _media_type(content)
    if media_type is None:
        raise AttachmentRefused("This is no MP4, MOV or WebM film. Send one of these.")
    return Video(content, hashlib.sha256(content).hexdigest(), media_type)


def _media_type(content: bytes) -> str | None:
    if content.startswith(_EBML):
        # Matroska begins alike; the name of the document type stands within the first bytes.
        return "video/webm" if b"webm" in content[:64] else None
    size, kind = int.from_bytes(content[:4]), content[4:8]
    if kind == b"ftyp" and 16 <= size <= _LARGEST_BOX and len(content) > size:
        brand = content[8:12]
        if brand in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"):
            return None
        return "video/quicktime" if brand == b"qt  " else "video/mp4"
    return None
