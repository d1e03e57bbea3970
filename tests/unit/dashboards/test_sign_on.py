"""The shared sign-on, against a service that answers over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st

from core.settings import Settings
from core.vocabulary import Permission
from dashboards import sign_on
from dashboards.sign_on import Account, ServiceAwayError
from tests.unit.dashboards.conftest import SessionService

AskedAs = Callable[[str | None], Account | None]


@pytest.fixture
def asked_as(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AskedAs:
    """`asked_as(token)` is the account of a visitor with this session."""

    def account_of(token: str | None) -> Account | None:
        monkeypatch.setattr(sign_on, "session_token", lambda: token)
        return sign_on.signed_in_account(settings)

    return account_of


def test_an_account_is_what_the_service_says(asked_as: AskedAs, service: SessionService) -> None:
    service.add("one", permissions=[Permission.COCKPIT_QUALITY], projects=["HZ02", "HZ01"], language="en")
    account = asked_as("one")
    assert account is not None
    assert account.may(Permission.COCKPIT_QUALITY)
    assert not account.may(Permission.COCKPIT_EXECUTIVE)
    assert account.project_scope == ("HZ01", "HZ02")
    assert account.language == "en"


def test_no_cookie_asks_nobody(asked_as: AskedAs, service: SessionService) -> None:
    assert asked_as(None) is None
    assert service.asked == []


def test_visitors_never_share_a_session(asked_as: AskedAs, service: SessionService) -> None:
    service.add("one")
    service.add("two", projects=["HZ01"])
    found = [asked_as(token) for token in ("one", "two", "three")]
    assert [account and account.login for account in found] == ["one", "two", None]
    assert service.asked == ["one", "two", "three"], "The cookie of an earlier answer was sent along."


def test_an_answer_is_believed_for_seconds_and_no_longer(asked_as: AskedAs, service: SessionService) -> None:
    service.add("one")
    assert asked_as("one")
    assert asked_as("one")
    assert service.asked == ["one"]
    assert sign_on._BELIEVED_SECONDS <= 5
    del service.sessions["one"]
    st.cache_data.clear()
    assert asked_as("one") is None


def test_a_service_that_is_away_is_no_refusal_and_is_not_remembered(asked_as: AskedAs, service: SessionService) -> None:
    service.add("one")
    service.stop()
    for _ in range(2):
        with pytest.raises(ServiceAwayError):
            asked_as("one")


def test_the_way_to_the_sign_in_leads_back_to_the_same_page(settings: Settings) -> None:
    address = sign_on.sign_in_address(settings, "quality", {"project": ["HZ01", "HZ02"], "lang": ["en"]})
    assert address == (
        f"{settings.service_url}/sign-in?next=%2Fcockpits%2Fquality%3Fproject%3DHZ01%26project%3DHZ02%26lang%3Den"
    )
