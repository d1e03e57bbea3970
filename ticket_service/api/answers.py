"""What was answered to the forms of a ticket."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.forms.given import Given, given_for
from ticket_service.api.schemas import Out
from ticket_service.dependencies import Connection, Keys
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets/{number}/answers", tags=["forms"], route_class=RetryingRoute)

Reader = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]


class AnswersOut(Out):
    """The answers to one form, by key of the field; photos and films are ids of attachments.

    Personal answers are masked, and left out for those who see no people.
    """

    id: UUID
    form_key: str = Field(examples=["handover_check"])
    form_version: int = Field(examples=[2])
    title_zh: str = Field(examples=["交付查验"])
    title_en: str = Field(examples=["Handover check"])
    node_key: str | None
    answered_at: dt.datetime
    answers: dict[str, Any] = Field(examples=[{"damage": "leak", "area": 2.5}])
    personal: dict[str, str] = Field(examples=[{"witness_phone": "138****1234"}])


@router.get("")
async def list_answers(number: str, actor: Reader, connection: Connection, keys: Keys) -> list[AnswersOut]:
    """What was answered to the forms of a ticket, oldest first, each in the version it was asked in."""
    return [_answers_out(one) for one in await given_for(connection, number, actor=actor, personal_data=keys)]


def _answers_out(given: Given) -> AnswersOut:
    row, title = given.row, given.definition.title
    return AnswersOut(
        id=row.id,
        form_key=row.key,
        form_version=row.version,
        title_zh=title.label("zh-CN"),
        title_en=title.label("en"),
        node_key=row.node_key,
        answered_at=row.created_at,
        answers=row.answers,
        personal=dict(given.personal),
    )
