"""The sidebar: the pages of this reader, the filters, and who they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from core.language import Language, translator
from core.settings import Settings
from dashboards import periods
from dashboards.empty import clear_filters
from dashboards.filters import FIELDS, NOT_RECORDED, OFFERED
from dashboards.labels import CUSTOM, field_label, period_label
from dashboards.sign_on import Account
from dashboards.visit import LOCALE, Visit

ALWAYS_SHOWN: Final = ("project", "category", "component")
_STATE: Final = "filter_"
_PAGE_OF_LIST: Final = "page"


def show(visit: Visit, pages: Sequence[st.Page]) -> None:
    """Draw the sidebar; whatever a reader changes goes into the address, from which the next run reads it."""
    _ = visit.gettext
    with st.sidebar:
        _ways(pages, visit.filters.query() | visit.language_query())
        st.subheader(_("Filters"))
        _period(visit)
        for name in ALWAYS_SHOWN:
            _field(visit, name)
        rest = [name for name in OFFERED if name not in ALWAYS_SHOWN]
        has_choice = any(visit.filters.values(name) for name in rest)
        with st.expander(_("More filters"), expanded=has_choice):
            for name in rest:
                _field(visit, name)
        for name in FIELDS:
            if name not in OFFERED and visit.filters.values(name):
                _field(visit, name)
        if visit.filters.query():
            st.button(_("Clear all filters"), icon=":material/filter_alt_off:", type="tertiary", on_click=clear_filters)
        _reader(visit.settings, visit.account, visit.language)


def show_without_filters(
    settings: Settings,
    account: Account,
    language: Language,
    pages: Sequence[st.Page],
    query: Mapping[str, list[str]],
) -> None:
    """Draw the sidebar beside a page that shows no figures: the ways on, the reader and the language."""
    with st.sidebar:
        _ways(pages, query)
        _reader(settings, account, language)


def _ways(pages: Sequence[st.Page], query: Mapping[str, list[str]]) -> None:
    for page in pages:
        st.page_link(page, label=page.title, icon=page.icon, query_params=dict(query))


def _period(visit: Visit) -> None:
    _ = visit.gettext
    code = visit.filters.period_code
    is_preset = code in periods.PRESETS
    st.session_state[f"{_STATE}period"] = code if is_preset else CUSTOM
    st.selectbox(
        _("Period"),
        [*periods.PRESETS, CUSTOM],
        format_func=lambda option: period_label(visit, option),
        key=f"{_STATE}period",
        on_change=_choose_period,
        args=(visit,),
    )
    if not is_preset:
        days = visit.days
        st.session_state[f"{_STATE}days"] = (days.start, days.end)
        st.date_input(
            _("From and to"),
            key=f"{_STATE}days",
            format="YYYY-MM-DD",
            on_change=_choose_days,
            label_visibility="collapsed",
        )


def _field(visit: Visit, name: str) -> None:
    _ = visit.gettext
    chosen = list(visit.filters.values(name))
    options = [code for code in visit.names.codes(name) if _fits(visit, name, code) or code in chosen]
    st.session_state[f"{_STATE}{name}"] = chosen
    st.multiselect(
        field_label(visit, name),
        [*options, *(code for code in chosen if code not in options)],
        format_func=lambda code: visit.names.name(name, code, visit.language),
        key=f"{_STATE}{name}",
        placeholder=_("All"),
        on_change=_choose,
        args=(name,),
    )


def _fits(visit: Visit, name: str, code: str) -> bool:
    """Components are offered only of the categories chosen, unit types only of the projects chosen."""
    if name == "component" and (categories := visit.filters.values("category")):
        return visit.names.parents.get(code) in categories
    if name == "unit_type" and (projects := visit.filters.values("project")):
        return any(code.startswith(f"{project}-") for project in projects)
    return code != NOT_RECORDED


def _reader(settings: Settings, account: Account, language: Language) -> None:
    _ = translator(LOCALE, language).gettext
    st.caption(f":material/account_circle: {account.display_name}")
    st.page_link(f"{settings.service_url}/", label=_("To the ticket service"), icon=":material/arrow_outward:")
    st.session_state[f"{_STATE}lang"] = language
    st.segmented_control(
        _("Language"),
        ["zh-CN", "en"],
        format_func={"zh-CN": "中文", "en": "English"}.__getitem__,
        key=f"{_STATE}lang",
        label_visibility="collapsed",
        required=True,
        on_change=_choose_language,
    )


def _choose(name: str) -> None:
    _write(name, st.session_state[f"{_STATE}{name}"])


def _choose_period(visit: Visit) -> None:
    code = st.session_state[f"{_STATE}period"]
    if code == CUSTOM:
        start = visit.days.start or visit.today - dt.timedelta(days=365)
        code = periods.code_of_days(start, visit.days.end)
    _write("period", [code])


def _choose_days() -> None:
    days = st.session_state[f"{_STATE}days"]
    # While only the first day is chosen, nothing is looked at anew.
    if len(days) == 2:
        _write("period", [periods.code_of_days(*days)])


def _choose_language() -> None:
    st.query_params["lang"] = st.session_state[f"{_STATE}lang"]


def _write(name: str, values: Sequence[str]) -> None:
    query = {held: st.query_params.get_all(held) for held in st.query_params if held not in {name, _PAGE_OF_LIST}}
    # At once, for each change of the address is a step of the browser's history.
    st.query_params.from_dict(query | ({name: list(values)} if values else {}))
