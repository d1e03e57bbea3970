"""The cockpits' entry: who opens which page, in which language, over which build and through which filters."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import streamlit as st

from core import warehouse
from core.language import translator
from core.settings import get_settings
from core.vocabulary import Permission
from dashboards import addresses, badge, doors, drill, periods, sidebar, warming
from dashboards.opening import open_visit
from dashboards.sign_on import Account, ServiceAwayError, signed_in_account
from dashboards.visit import LOCALE, begin, known_language

ROOT: Final = Path(__file__).parent
LOGO: Final = ROOT / "logo.svg"
ANJU: Final = "Anju 安居"
EITHER: Final = (Permission.COCKPIT_EXECUTIVE, Permission.COCKPIT_QUALITY)


class Offer(NamedTuple):
    """A page: its script, title, icon, who may open it (any of these permissions), and its own period."""

    name: str
    title: str
    icon: str
    permissions: tuple[Permission, ...]
    period: str = periods.DEFAULT

    def is_open_to(self, account: Account) -> bool:
        """Whether the account may open the page."""
        return any(account.may(permission) for permission in self.permissions)


settings = get_settings()
st.set_page_config(page_title=ANJU, page_icon=LOGO, layout="wide")
build = warehouse.current_build(settings)
if build is not None:
    warming.begin(build.build_id, build, settings)

asked_language = known_language(st.query_params.get("lang"))
account, is_service_away = None, False
try:
    account = signed_in_account(settings)
except ServiceAwayError:
    is_service_away = True
language = asked_language or known_language(account.language if account else None) or settings.language
_ = translator(LOCALE, language).gettext

offers = [
    Offer("executive", _("Executive overview"), ":material/monitoring:", (Permission.COCKPIT_EXECUTIVE,)),
    Offer("quality", _("Quality tracing"), ":material/troubleshoot:", (Permission.COCKPIT_QUALITY,), period="all"),
    Offer("telephone", _("Telephone"), ":material/support_agent:", EITHER),
    Offer("tickets", _("Lists"), ":material/list_alt:", EITHER),
]
first = next((offer for offer in offers if account is not None and offer.is_open_to(account)), offers[0])
pages = {
    offer.name: st.Page(
        ROOT / "app_pages" / f"{offer.name}.py",
        title=offer.title,
        icon=offer.icon,
        url_path=offer.name,
    )
    for offer in offers
}
query = {name: st.query_params.get_all(name) for name in st.query_params}
spoken: dict[str, list[str]] = {"lang": [asked_language]} if asked_language else {}


def nowhere() -> None:
    """What stands at an address that is no page's."""
    doors.no_such_page(_)
    for way in ways[:1]:
        st.page_link(way, label=way.title, icon=way.icon, query_params=spoken)


def start() -> None:
    """The bare address leads to the reader's first page, so that every page has an address of its own."""
    drill.press(pages[first.name], first.title, query, instead_of_here=True)


ways = [pages[offer.name] for offer in offers if account is not None and offer.is_open_to(account)]
beginning = st.Page(start, title=ANJU, default=True)
# Streamlit would say in English only that there is no such page, so whatever is asked for becomes one.
asked_name = urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]
is_unknown = asked_name not in {"", *pages}
unknown = [st.Page(nowhere, title=_("There is no such page"), url_path=asked_name)] if is_unknown else []
page = st.navigation([beginning, *pages.values(), *unknown], position="hidden")
offer = next((offer for offer in offers if offer.name == page.url_path), first)
if page is not beginning:
    st.set_page_config(page_title=f"{page.title} · {ANJU}")
st.logo(LOGO, size="large", link=settings.service_url)
if is_service_away:
    doors.service_away(settings, _)
    st.stop()
if account is None:
    doors.not_signed_in(settings, offer.name, query, _)
    st.stop()
if page in unknown or build is None or not offer.is_open_to(account):
    sidebar.show_without_filters(settings, account, language, ways, spoken)
    if page in unknown:
        page.run()
    elif not offer.is_open_to(account):
        doors.not_allowed(settings, _, has_other_pages=bool(ways))
    else:
        doors.nothing_published(_)
    st.stop()

if offer.name != page.url_path:
    page.run()

visit = open_visit(
    settings, build, account, language, query, default_period=offer.period, asked_language=asked_language
)
begin(visit)
addresses.tidy(visit, query)
sidebar.show(visit, ways)
st.title(page.title)
badge.show(visit)
try:
    page.run()
except Exception:
    # Streamlit would say it in English only. Stopping and running again are no exceptions of this kind.
    logging.getLogger("anju.cockpits").exception("The page %s broke off.", offer.name)
    doors.failed(_)
