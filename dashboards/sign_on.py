"""The shared sign-on: whoever has signed in to the ticket service is signed in here, and nobody else is.

The service keeps the sessions. Its cookie comes with the browser's request, and at each run of a page the service is
asked whose it is, at most once in five seconds, so that signing out or losing a role takes effect here too.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import httpx
import streamlit as st

from core.settings import Settings
from core.vocabulary import Permission

COOKIE: Final = "anju_session"
_BELIEVED_SECONDS: Final = 5
_PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in; `project_scope` holds the only projects they may see, None means all."""

    login: str
    display_name: str
    language: str
    permissions: frozenset[str]
    project_scope: tuple[str, ...] | None

    def may(self, permission: Permission) -> bool:
        """Whether the account has this permission."""
        return permission.value in self.permissions


class ServiceAwayError(Exception):
    """The ticket service does not answer, so nobody can be recognised."""

    code = "service_away"


def session_token() -> str | None:
    """The service's session as this visitor's browser sent it, None without one."""
    return st.context.cookies.get(COOKIE)


def signed_in_account(settings: Settings) -> Account | None:
    """Return whoever opened this page, None if they have not signed in; raises ServiceAwayError."""
    token = session_token()
    return _account_of(settings.service_url, token) if token else None


@st.cache_data(ttl=_BELIEVED_SECONDS, max_entries=1000, show_spinner=False)
def _account_of(service_url: str, token: str) -> Account | None:
    try:
        # One client a question: a client that is kept would keep the cookies of one visitor for the next. Proxies of
        # the environment are for the outside; the service is one of our own parts.
        answer = httpx.get(
            f"{service_url}/api/v1/session",
            cookies={COOKIE: token},
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
            verify=_certificates(),
        )
    except httpx.HTTPError as error:
        raise ServiceAwayError(str(error)) from error
    if answer.status_code in {401, 403}:
        return None
    if not answer.is_success:
        raise ServiceAwayError(f"The ticket service answered {answer.status_code}.")
    said = answer.json()
    codes = said["project_codes"]
    return Account(
        login=said["login"],
        display_name=said["display_name"],
        language=said["language"],
        permissions=frozenset(said["permissions"]),
        project_scope=None if codes is None else tuple(sorted(codes)),
    )


@st.cache_resource(show_spinner=False)
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def sign_in_address(settings: Settings, page: str, query: dict[str, list[str]]) -> str:
    """Where to sign in and come back to this page as it was asked for."""
    wanted = f"/cockpits/{page}" + (f"?{urlencode(query, doseq=True)}" if query else "")
    return f"{settings.service_url}/sign-in?{urlencode({'next': wanted})}"
