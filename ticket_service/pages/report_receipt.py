"""What somebody without an account is told after a report: thanks, the number, and the link to keep."""

from __future__ import annotations

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Depends
from markupsafe import Markup
from starlette.responses import Response

from ops_db.actor import Actor
from ops_db.dossier.service import dossier_of
from ticket_service.dependencies import Connection, CurrentSettings, Keys
from ticket_service.pages.reader import CurrentReader
from ticket_service.policies import OwnerLink

router = APIRouter(include_in_schema=False)

Owner = Annotated[Actor, Depends(OwnerLink())]


@router.get("/report/received/{token}")
async def show_receipt(
    token: str, reader: CurrentReader, owner: Owner, connection: Connection, keys: Keys, settings: CurrentSettings
) -> Response:
    """Thanks, the number, and the link to keep."""
    dossier = await dossier_of(connection, actor=owner, personal_data=keys)
    url = f"{settings.service_url}/track/{token}"
    return reader.page("reported.html", number=dossier.ticket.number, tracking_url=url, qr_svg=qr_code(url))


def qr_code(text: str) -> Markup:
    """A QR code of `text` as an inline drawing."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=1)
    return Markup(drawn.getvalue().decode())  # noqa: S704  Drawn by segno from shapes; the text is not in it.
