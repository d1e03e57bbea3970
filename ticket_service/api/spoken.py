"""The language in which an answer of the API speaks to people: as the request asks for it, else English."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from core.language import Language, negotiated_language


async def _language(accept_language: Annotated[str | None, Header()] = None) -> Language:
    return negotiated_language(accept_language, default="en")


Spoken = Annotated[Language, Depends(_language)]
