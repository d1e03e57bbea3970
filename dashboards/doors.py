"""What a visitor sees instead of a page: not signed in, not allowed, the service away, nothing published, a fault."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from core.settings import Settings
from dashboards.sign_on import sign_in_address

Translate = Callable[[str], str]


def not_signed_in(settings: Settings, page: str, query: dict[str, list[str]], translate: Translate) -> None:
    """Ask to sign in to the ticket service, and come back here afterwards."""
    _ = translate
    st.title(_("Sign in to see the cockpits"))
    st.write(_("The cockpits open with your account of the ticket service."))
    words = html.escape(_("Go to the sign-in"))
    address = html.escape(sign_in_address(settings, page, query))
    # Streamlit's own links open another tab, where the way back would end.
    st.html(f'<a href="{address}" target="_self"><b>{words}</b></a>')


def service_away(settings: Settings, translate: Translate) -> None:
    """Say that nobody can be recognised now."""
    _ = translate
    st.title(_("The ticket service does not answer"))
    st.write(_("It knows who may see the figures, so none can be shown now. Reload this page in a minute."))
    st.caption(settings.service_url)


def not_allowed(settings: Settings, translate: Translate, *, has_other_pages: bool) -> None:
    """Say that this account does not open this page, and where it can go on."""
    _ = translate
    st.title(_("Your account does not open this page"))
    if has_other_pages:
        st.write(_("Ask whoever manages the accounts for the permission, or choose another page."))
        return
    st.write(_("Your account opens none of the cockpits. Your work is in the ticket service."))
    words, address = html.escape(_("Go to the ticket service")), html.escape(f"{settings.service_url}/")
    st.html(f'<a href="{address}" target="_self"><b>{words}</b></a>')


def no_such_page(translate: Translate) -> None:
    """Say that nothing is at this address."""
    _ = translate
    st.title(_("There is no such page"))
    st.write(_("Nothing is at this address. Choose a page from the list on the side, or begin here:"))


def nothing_published(translate: Translate) -> None:
    """Say how the first figures come about."""
    _ = translate
    st.title(_("No figures are published yet"))
    st.write(_("They appear here after the first run of the pipeline whose checks all pass."))
    st.code("anju pipeline run", language="shell")


def failed(translate: Translate) -> None:
    """Say that the page broke off, without a word on the inside; the log has the rest."""
    _ = translate
    st.error(_("This page broke off. Reload it; if it happens again, tell whoever runs Anju."), icon=":material/error:")
