"""The first page of management: every subject the reader may open, as a card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from ops_db.actor import Actor
from ops_db.errors import NotFound
from ticket_service.pages.manage.sections import manage_page, menu_of
from ticket_service.pages.reader import CurrentReader
from ticket_service.policies import SignedIn

router = APIRouter(include_in_schema=False, prefix="/manage")


@router.get("")
async def index(reader: CurrentReader, _actor: Annotated[Actor, Depends(SignedIn())]) -> Response:
    """The cards; for somebody who manages nothing there is no such page."""
    if not menu_of(reader):
        raise NotFound("There is nothing here for you to manage. Ask an administrator if that is wrong.")
    return manage_page(reader, "manage/index.html")
