"""Pictures made harmless: decoded, turned upright, and written anew, so that nothing but the pixels is left.

Position, camera, embedded scripts and whatever else hides in an uploaded file do not survive this.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from ops_db.errors import AttachmentRefused, AttachmentTooLarge

LARGEST_PIXEL_COUNT: Final = 40_000_000
_LONGEST_SIDE: Final = 3_000
_READ: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture written anew, named by the hash of its bytes."""

    content: bytes
    sha256: str
    media_type: str
    width: int
    height: int


def harmless(content: bytes) -> Photo:
    """The picture in `content` as a fresh JPEG (PNG stays PNG, for signatures), at most 3000 pixels long.

    Raises AttachmentTooLarge for more than 40 million pixels, AttachmentRefused for anything that is no picture.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_READ) as image:
            # The size stands in the header; nothing has been decoded yet, however small the file and large the picture.
            if image.width * image.height > LARGEST_PIXEL_COUNT:
                raise _too_many_pixels()
            is_png = image.format == "PNG"
            image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            clean = upright.convert("RGBA" if is_png and "A" in upright.getbands() else "RGB")
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError) as error:
        raise AttachmentRefused("This is no JPEG, PNG or WebP picture that can be read. Send a photo.") from error
    # A picture made from the pixels alone carries no metadata of the one it came from.
    fresh = Image.new(clean.mode, clean.size)
    fresh.paste(clean)
    written = io.BytesIO()
    if is_png:
        fresh.save(written, "PNG", optimize=True)
    else:
        fresh.save(written, "JPEG", quality=_QUALITY, optimize=True)
    data = written.getvalue()
    media_type = "image/png" if is_png else "image/jpeg"
    return Photo(data, hashlib.sha256(data).hexdigest(), media_type, *fresh.size)


def _too_many_pixels() -> AttachmentTooLarge:
    return AttachmentTooLarge(
        "The picture has more than {millions} million pixels. Send a smaller one.",
        millions=LARGEST_PIXEL_COUNT // 1_000_000,
    )


def place_of(folder: Path, sha256: str) -> Path:
    """Where the bytes with this hash lie; two characters of folder keep directories small."""
    return folder / sha256[:2] / sha256


def store(folder: Path, photo: Photo) -> None:
    """Write the picture for good, or leave the one that is there."""
    store_bytes(folder, photo.content, photo.sha256)


def store_bytes(folder: Path, content: bytes, sha256: str) -> None:
    """Write the bytes for good under their hash: the file is complete before it has its name."""
    target = place_of(folder, sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
