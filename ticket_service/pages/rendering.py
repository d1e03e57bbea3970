"""Templates into pages: one environment a language, and what every page needs around its own content."""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from core import vocabulary
from core.language import Language, translator
from ops_db.personal_data import CALLABLE_PHONE
from ticket_service.pages.assets import asset, icon
from ticket_service.pages.reader_times import ReaderClock, Translate

TEMPLATE_DIR: Final = Path(__file__).parents[1] / "templates"
LOCALE_DIR: Final = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the header."""

    href: str
    text: str
    icon: str
    is_current: bool = False
    count: int = 0


@cache
def environment(language: Language) -> Environment:
    """The templates in one language; every value is escaped, and a missing one raises instead of leaving a gap."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATE_DIR),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translator(LOCALE_DIR, language)
    made.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]  # The extension adds it when it is loaded.
    made.globals.update(asset=asset, icon=icon, vocabulary=vocabulary, language=language, phone_pattern=CALLABLE_PHONE)
    made.filters.update(yuan=lambda fen: yuan(fen, language), initial=initial)
    return made


def sentences(language: Language) -> Translate:
    """`gettext` for Python code: translates, then fills `%(name)s` gaps."""
    gettext = translator(LOCALE_DIR, language).gettext

    def translate(message: str, **values: object) -> str:
        translated = gettext(message)
        return translated % values if values else translated

    return translate


def clock(language: Language, *, now: dt.datetime, zone: ZoneInfo) -> ReaderClock:
    """The clock a page writes its times with."""
    return ReaderClock(now, zone, language, sentences(language))


def render(template: str, language: Language, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page as a response; pages hold personal data, so no cache keeps them."""
    html = environment(language).get_template(template).render(context)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def yuan(fen: int, language: Language) -> str:
    """An amount of fen as money people read."""
    locale = "zh_CN" if language == "zh-CN" else "en_GB"
    return format_currency(decimal.Decimal(fen) / 100, "CNY", locale=locale, format="¥#,##0.00;-¥#,##0.00")


def initial(name: str) -> str:
    """What stands in the circle for a person: the family name in Chinese, two initials in Latin letters."""
    words = name.split()
    if not words:
        return "?"
    if not words[0].isascii():
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()
