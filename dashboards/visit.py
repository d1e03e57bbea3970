"""One run of a page: who looks, in which language, at which build, through which filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from core.language import LANGUAGES, Language, translator
from core.semantic_layer import Measure
from core.settings import Settings
from core.warehouse import Build
from dashboards import formatting
from dashboards.filters import Filters
from dashboards.formatting import HoursIn
from dashboards.names import Names
from dashboards.periods import Period
from dashboards.sign_on import Account

LOCALE: Final = Path(__file__).parent / "locale"
_KEY: Final = "visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page needs to know before it asks for its figures."""

    settings: Settings
    account: Account
    language: Language
    build: Build
    measures: Mapping[str, Measure]
    names: Names
    filters: Filters
    today: dt.date
    """The last day of the data, in the zone people read dates in."""
    asked_language: Language | None = None
    """The language, where the address names it."""
    hours_in: HoursIn | None = None
    """What hours are written in on this page; None: each figure by its size."""

    def gettext(self, message: str) -> str:
        """The message in the reader's language."""
        return translator(LOCALE, self.language).gettext(message)

    def language_query(self) -> dict[str, list[str]]:
        """The language as it stands in an address, where it does."""
        return {"lang": [self.asked_language]} if self.asked_language else {}

    @property
    def scope(self) -> tuple[str, ...] | None:
        """The only projects the reader may see; None means all."""
        return self.account.project_scope

    @property
    def days(self) -> Period:
        """The days looked at."""
        return self.filters.days(self.today)

    def measure(self, name: str) -> Measure:
        """A measure of the published build."""
        return self.measures[name]

    def unit(self, name: str) -> str:
        """What a measure is written in on this page."""
        unit = self.measures[name].unit
        return self.hours_in or unit if unit == "hours" else unit

    def scaled(self, name: str, value: float | None) -> float | None:
        """A figure of a measure in the unit of this page, shares as they are."""
        is_in_days = value is not None and self.measures[name].unit == "hours" and self.hours_in == "days"
        return value / 24 if value is not None and is_in_days else value

    def written(self, name: str, value: float | None) -> str:
        """A figure of a measure as it is written on this page."""
        return formatting.written(value, self.measures[name].unit, self.language, hours_in=self.hours_in)

    def label(self, name: str) -> str:
        """What a measure is called."""
        measure = self.measures[name]
        return measure.label_zh if self.language == "zh-CN" else measure.label_en

    def definition(self, name: str) -> str:
        """How a measure is defined."""
        return self.gettext(self.measures[name].definition)


def begin(visit: Visit) -> None:
    """Hand the visit to the page of this run."""
    st.session_state[_KEY] = visit


def current() -> Visit:
    """The visit of this run."""
    visit: Visit = st.session_state[_KEY]
    return visit


def known_language(tag: str | None) -> Language | None:
    """The language of that tag, None if it is none of ours."""
    return next((language for language in LANGUAGES if language == tag), None)
