"""Trying a process out: a pretend ticket, replayed from everything done to it so far, and scenario packs."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection

from core.language import Language
from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.process_admin import choices, trying
from ticket_service.api import process_trial_schemas as schemas
from ticket_service.api.spoken import Spoken
from ticket_service.dependencies import Connection
from ticket_service.pages.process_trial_words import TrialWords
from ticket_service.policies import Allowed

router = APIRouter(prefix="/processes", tags=["processes"])

Manager = Annotated[Actor, Depends(Allowed(Permission.PROCESS_MANAGE))]


@router.post("/simulate")
async def simulate(body: schemas.TrialIn, actor: Manager, connection: Connection, language: Spoken) -> schemas.TrialOut:
    """How a pretend ticket stands after these steps, and what everybody could do then."""
    definition = await trying.running_definition(connection, actor=actor, document=body.definition)
    deeds = [trying.Deed(**one.model_dump()) for one in body.steps]
    # Letting time pass may fire many timers, which would keep everybody else waiting.
    trial = await asyncio.to_thread(
        trying.try_out, definition, deeds, facts=body.facts, due_in_minutes=body.due_in_minutes
    )
    return TrialWords(definition, language, await _roles(connection, actor, language)).trial(trial)


@router.post("/scenarios")
async def run_scenarios(
    body: schemas.PackIn, actor: Manager, connection: Connection, language: Spoken
) -> schemas.PackOut:
    """Run a scenario pack against this definition: what passes, and where the others first go another way."""
    definition = await trying.running_definition(connection, actor=actor, document=body.definition)
    pack, outcomes = await asyncio.to_thread(trying.run_pack, definition, body.pack)
    return TrialWords(definition, language, await _roles(connection, actor, language)).pack(pack, outcomes)


async def _roles(connection: AsyncConnection, actor: Actor, language: Language) -> dict[str, str]:
    lists = await choices.named_lists(connection, actor=actor)
    return {one.code: one.zh if language == "zh-CN" else one.en for one in lists.get("roles", [])}
