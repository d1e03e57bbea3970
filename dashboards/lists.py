"""The list behind a figure: what was asked for in the address, the rows, how they are shown, paged and taken away."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, get_args

import streamlit as st

from core import measures
from core.measures import Condition, Part, RowsBehind
from core.semantic_layer import Measure
from dashboards import backlog, columns, empty, figures, formatting, labels
from dashboards.figures import Record
from dashboards.periods import Period
from dashboards.visit import Visit

PAGE_ROWS: Final = 1000
DEFAULT_MEASURE: Final = "ticket_count"
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_TICKET_URL: Final = r"/desk/tickets/([^/?#]+)$"


def chosen_measure(visit: Visit) -> Measure:
    """The measure in the address, offered for change; one that does not exist counts as none."""
    _ = visit.gettext
    asked = st.query_params.get("measure", DEFAULT_MEASURE)
    listed = sorted(visit.measures, key=visit.label)
    st.session_state["list_measure"] = asked if asked in listed else DEFAULT_MEASURE
    name = st.selectbox(_("Figure"), listed, format_func=visit.label, key="list_measure", on_change=_choose_measure)
    return visit.measure(name)


def chosen_part(visit: Visit, measure: Measure, record: Record) -> Part:
    """Of a rate, whether the rows counted above or below the line are listed; offered for change."""
    _ = visit.gettext
    if not (measure.numerator and measure.denominator):
        return "numerator"
    # A rate is followed to everything it judged, unless the address says otherwise.
    asked = st.query_params.get("part")
    st.session_state["list_part"] = asked if asked in get_args(Part) else "denominator"
    names = {
        "numerator": _with_count(visit, measure.numerator, record.get(f"{measure.name}__numerator")),
        "denominator": _with_count(visit, measure.denominator, record.get(f"{measure.name}__denominator")),
    }
    part = st.segmented_control(
        _("Which rows"),
        ["denominator", "numerator"],
        format_func=names.__getitem__,
        key="list_part",
        required=True,
        label_visibility="collapsed",
        on_change=_choose_part,
    )
    return "numerator" if part == "numerator" else "denominator"


def in_one_unit(visit: Visit, measure: Measure, record: Record) -> Visit:
    """The visit with one unit for all times on the page: that of the figure."""
    return replace(visit, hours_in=formatting.hours_in(record.get(measure.name))) if measure.unit == "hours" else visit


def chosen_page() -> int:
    """The page in the address, the first where there is none."""
    asked = st.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


def chosen_rows(visit: Visit, measure: Measure, part: Part) -> tuple[RowsBehind, int]:
    """The page of rows in the address, and its number; a page behind the last is the last, in the address too."""
    page = chosen_page()
    behind = page_of_rows(visit, measure, part, page)
    last = max(1, _pages(behind))
    if page <= last:
        return behind, page
    _write("page", lambda: last)
    return page_of_rows(visit, measure, part, last), last


def figure(visit: Visit, measure: Measure) -> Record:
    """The figure itself, asked just as its rows are; empty where it does not know a filter."""
    days, more = span(visit, measure)
    return figures.one(visit, [measure.name], days=days, more=more)


def span(visit: Visit, measure: Measure) -> tuple[Period | None, tuple[Condition, ...]]:
    """The days to ask for, or the one day of a state."""
    if not measure.is_by_day:
        return visit.days, ()
    try:
        day = dt.date.fromisoformat(st.query_params["day"])
    except (KeyError, ValueError):
        day = None
    return None, backlog.on_day(day)


def page_of_rows(visit: Visit, measure: Measure, part: Part, page: int) -> RowsBehind:
    """One page of the rows behind the figure."""
    days, more = span(visit, measure)
    offset = (page - 1) * PAGE_ROWS
    return figures.rows_behind(visit, measure.name, days=days, part=part, more=more, limit=PAGE_ROWS, offset=offset)


def show_figure(visit: Visit, measure: Measure, record: Record) -> None:
    """The figure whose rows are listed; one that does not know a filter has none to show."""
    if measure.name not in record:
        st.metric(visit.label(measure.name), formatting.NOTHING)
        empty.say(visit, [measure.name], key="list_figure")
        st.stop()
    st.metric(visit.label(measure.name), visit.written(measure.name, record[measure.name]))


def heading(visit: Visit, measure: Measure, part: Part, behind: RowsBehind) -> str:
    """How many rows there are, in the words of what they count, and what they add up to where that is the figure."""
    _ = visit.gettext
    counted = _counted(visit, measure, part)
    if counted.kind == "count":
        return formatting.counted(behind.row_count, counted.unit, visit.language)
    total = formatting.written(behind.value_sum, counted.unit, visit.language)
    rows = formatting.counted(behind.row_count, "rows", visit.language)
    return _("{rows}, together {total}").format(rows=rows, total=total) if counted.kind == "sum" else rows


def show_rows(visit: Visit, measure: Measure, part: Part, behind: RowsBehind) -> None:
    """The rows as a table, with a link to each ticket."""
    counted = _counted(visit, measure, part)
    held = columns.shown(behind.columns, has_value=counted.kind != "count")
    link = f"{visit.settings.service_url}/desk/tickets/"
    records = behind.records()
    content = [{name: columns.cell(visit, name, record) for name in held} for record in records]
    if columns.VALUE in held:
        for row in content:
            row[columns.VALUE] = visit.scaled(counted.name, row[columns.VALUE])
    widths = {name: columns.width(columns.label(visit, name), [row[name] for row in content]) for name in held}
    config = {name: columns.config(visit, name, counted, widths[name]) for name in held}
    if columns.TICKET in held:
        for row in content:
            row[columns.TICKET] = _link(link, row[columns.TICKET])
        config[columns.TICKET] = st.column_config.LinkColumn(
            columns.label(visit, columns.TICKET), display_text=_TICKET_URL, pinned=True, width=widths[columns.TICKET]
        )
    st.dataframe(
        content,
        hide_index=True,
        column_config=config,
        column_order=held,
        height=560,
        placeholder=formatting.NOTHING,
        key="list_rows",
    )


def show_paging(behind: RowsBehind, page: int) -> None:
    """The pages, where there is more than one."""
    pages = _pages(behind)
    if pages > 1:
        st.pagination(pages, default=page, key=f"list_page_{page}", on_change=_choose_page, args=(page,))


def _pages(behind: RowsBehind) -> int:
    return -(-behind.row_count // PAGE_ROWS)


def offer_download(visit: Visit, measure: Measure, part: Part) -> None:
    """All rows as a file for a spreadsheet, made only when somebody asks for it."""
    _ = visit.gettext
    days, more = span(visit, measure)
    where = (*visit.filters.conditions(), *more, *figures.within(days))
    settings, scope, name = visit.settings, visit.scope, measure.name

    def write() -> bytes:
        return as_csv(visit, measures.drill(settings, name, where, scope, part, limit=measures.LARGEST_PAGE))

    st.download_button(
        _("Download as CSV"),
        write,
        file_name=f"{measure.name}-{visit.today}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def as_csv(visit: Visit, behind: RowsBehind) -> bytes:
    """The rows as a CSV for spreadsheets, in the words and the local time of the page.

    It begins with a byte order mark and holds no text that a spreadsheet would run.
    """
    held = columns.shown(behind.columns, has_value=True)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([columns.heading(visit, name) for name in held])
    for record in behind.records():
        writer.writerow([_harmless(columns.written(visit, name, record)) for name in held])
    return out.getvalue().encode("utf-8-sig")


def _harmless(value: Any) -> Any:
    """A text that begins like a formula, behind an apostrophe; numbers are left alone."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_SIGNS) else value


def _with_count(visit: Visit, name: str, value: float | None) -> str:
    measure = visit.measure(name)
    return f"{visit.label(name)}  {formatting.written(value, measure.unit, visit.language)}"


def _link(base: str, number: str | None) -> str | None:
    return f"{base}{number}" if number else None


def _counted(visit: Visit, measure: Measure, part: Part) -> Measure:
    name = measure.denominator if part == "denominator" else measure.numerator or measure.values
    return visit.measure(name) if name else measure


def show_filters(visit: Visit, measure: Measure) -> None:
    """The filters in words, so that a list that is shared or printed says what it holds."""
    days, _more = span(visit, measure)
    words = [labels.period_label(visit, visit.filters.period_code)] if days else []
    for name, codes in visit.filters.chosen:
        said: Sequence[str] = [visit.names.name(name, code, visit.language) for code in codes]
        words.append(f"{labels.field_label(visit, name)}: {', '.join(said)}")
    st.caption(" · ".join(words))


def _write(name: str, read: Callable[[], Any]) -> None:
    gone = {"page", "part"} if name == "measure" else {"page"}
    query = {held: st.query_params.get_all(held) for held in st.query_params if held not in gone}
    # At once, for each change of the address is a step of the browser's history.
    st.query_params.from_dict(query | {name: [str(read())]})


def _choose_measure() -> None:
    _write("measure", lambda: st.session_state["list_measure"])


def _choose_part() -> None:
    _write("part", lambda: st.session_state["list_part"])


def _choose_page(page: int) -> None:
    _write("page", lambda: st.session_state[f"list_page_{page}"])
