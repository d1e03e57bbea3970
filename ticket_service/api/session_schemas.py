"""What goes into and out of the API about sign-in and tokens."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from core.vocabulary import Permission
from ticket_service.api.schemas import Code, In, Line, Out


class SignIn(In):
    """Login and password."""

    login: Code = Field(examples=["desk"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(examples=["a long phrase"])


class SessionOut(Out):
    """Who is signed in; `project_codes` null means every project."""

    login: str
    display_name: str
    language: str
    roles: list[str]
    permissions: list[str]
    project_codes: list[str] | None
    staff_id: UUID | None


class LanguageIn(In):
    """The language to read."""

    language: Annotated[str, Field(pattern="^(zh-CN|en)$")]


class TokenIn(In):
    """A key for an integration."""

    name: Line = Field(examples=["Meter alarms"])
    scopes: list[Permission] = Field(min_length=1, examples=[["ticket:create"]])
    expires_at: AwareDatetime | None = None


class TokenOut(Out):
    """A key without its secret."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class IssuedTokenOut(Out):
    """A new key; the token is shown this once."""

    id: UUID
    token: str
    scopes: list[str]
    expires_at: dt.datetime | None
