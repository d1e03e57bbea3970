"""What a page shows one time after a form: a number that was asked for, a new link.

It travels to that page in a sealed cookie and is gone when it was shown, so that a reload neither asks again nor
writes a second line into the audit log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cryptography.fernet import InvalidToken
from starlette.requests import Request
from starlette.responses import Response

from ops_db.actor import Actor
from ops_db.personal_data import PersonalData

COOKIE: Final = "anju_shown"
_SECONDS: Final = 60


def show_once(
    response: Response, path: str, shown: Mapping[str, str], *, request: Request, actor: Actor, keys: PersonalData
) -> Response:
    """Let the page at `path` show this to the actor once, within a minute."""
    sealed = keys.encrypt(json.dumps({"for": str(actor.id), "path": path, "shown": dict(shown)})).decode()
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=_SECONDS,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def shown_now(request: Request, path: str, *, actor: Actor, keys: PersonalData) -> dict[str, str]:
    """What the page at `path` is to show this time; empty for a cookie that is not ours, or somebody else's."""
    try:
        kept = json.loads(keys.decrypt(request.cookies.get(COOKIE, "").encode()))
    except (InvalidToken, ValueError):
        return {}
    if (kept["for"], kept["path"]) != (str(actor.id), path):
        return {}
    return dict(kept["shown"])


def forget_shown(response: Response, path: str) -> Response:
    """The next look at the page does not show it any more."""
    response.delete_cookie(COOKIE, path=path)
    return response
