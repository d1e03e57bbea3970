"""Our own style sheets, scripts and drawings, under an address that changes with their content.

`/static/<version>/…` may be kept by browsers for ever; modules import one another relatively and so share the version.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_DIR: Final = Path(__file__).parents[1] / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def static_version() -> str:
    """A hash over all files, computed once a process."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_DIR.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC_DIR).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a file below `static/`."""
    return f"/static/{static_version()}/{path}"


def icon(name: str, extra_class: str = "") -> Markup:
    """One drawing of the sprite; decoration only, so hidden from screen readers."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        extra_class, asset("icons.svg"), name
    )


class VersionedFiles(StaticFiles):
    """Serves `<version>/<path>`; only the current version may be kept for ever."""

    def __init__(self) -> None:
        """Serve the folder `static/`."""
        super().__init__(directory=STATIC_DIR)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file without its version, or 404."""
        version, _, rest = path.partition("/")
        if not rest:
            raise HTTPException(status_code=404)
        response = await super().get_response(rest, scope)
        response.headers["Cache-Control"] = FOR_EVER if version == static_version() else "no-cache"
        return response
