"""Opaque cursors for keyset paging: where the last page ended, signed by nothing because it grants nothing."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from ops_db.errors import InvalidInput


def cursor_of(*keys: Any) -> str:
    """The cursor that continues after a row with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps([str(key) for key in keys]).encode()).decode().rstrip("=")


def keys_of(cursor: str, *, count: int) -> list[str]:
    """The sort keys a cursor was made of; raises InvalidInput for one that is not ours."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        keys = None
    if not isinstance(keys, list) or len(keys) != count:
        raise damaged()
    return [str(key) for key in keys]


def damaged() -> InvalidInput:
    """The refusal of a cursor that is not ours."""
    return InvalidInput("The cursor is damaged. Start again from the first page.")
