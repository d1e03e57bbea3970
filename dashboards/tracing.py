"""Tracing defects: how often they are found, crossed by two properties of homes and repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from dashboards import drill, empty, figures, formatting, rates
from dashboards.figures import Record
from dashboards.filters import FIELDS, NOT_RECORDED
from dashboards.labels import field_label
from dashboards.periods import Period, year_until
from dashboards.rates import Rate
from dashboards.rows import MONTH
from dashboards.visit import Visit

CROSSED: Final = ("project", "unit_type", "component", "contractor", "handover", "category", "defect", "batch")
_OF_HOMES: Final = ("project", "unit_type", "handover", "building")
"""The properties that a home has; the others belong to the defect."""

BASES: Final[Mapping[str, tuple[str, str, str]]] = {
    "homes": ("defects_per_100_homes", "cohort_defect_count", "handed_over_home_count"),
    "months": ("defect_rate", "home_defect_count", "home_months"),
}
"""The measure, its count and its exposure: homes handed over in the period, or home-months spent in it."""

CARDS: Final = ("defects_per_100_homes", "repeat_defect_rate", "reopen_rate", "first_time_fix_rate")
BATCHES: Final = ("home_defect_count", "repeat_defect_rate", "ticket_cost")
MATERIAL: Final = ("material_name", "supplier_name")
MOST_BATCHES: Final = 50
MOST_ROWS: Final = 18
MOST_COLUMNS: Final = 14
EVERYTHING: Final = "everything"
"""The name in an address that asks for the whole heatmap."""

Cells = Mapping[tuple[Any, ...], Rate]


@dataclass(frozen=True, slots=True)
class Tracing:
    """What the page shows besides its heatmap: the cards, the months of a year, the ages and the batches."""

    now: Record
    before: Record
    months: Sequence[Record]
    ages: list[dict[str, Any]]
    batches: Sequence[Record]


def gather(visit: Visit) -> Tracing:
    """The figures of the page that do not depend on rows and columns."""
    earlier = visit.days.before()
    batches = figures.ask(
        visit, BATCHES, ["material_batch", *MATERIAL], days=visit.days, order_by=["-home_defect_count"]
    )
    return Tracing(
        now=_cards(visit, visit.days),
        before=_cards(visit, earlier) if earlier else {},
        months=figures.ask(visit, CARDS[1:], [MONTH], days=year_until(visit.days.end), order_by=[MONTH]),
        ages=by_age(visit),
        batches=[record for record in batches if record["material_batch"] is not None][:MOST_BATCHES],
    )


def _cards(visit: Visit, days: Period) -> Record:
    return figures.one(visit, CARDS[1:], days=days) | overall(visit, days)


def chosen(visit: Visit) -> tuple[str, str, str]:
    """Rows, columns and basis as the address names them, offered for change; what is unknown is the default."""
    _ = visit.gettext
    first, second, third = st.columns([1, 1, 1])
    with first:
        row = _choice(visit, "rows", CROSSED, "unit_type", _("Rows"))
    with second:
        others = tuple(name for name in CROSSED if name != row)
        column = _choice(visit, "columns", others, "component" if row != "component" else "unit_type", _("Columns"))
    with third:
        basis = _choice(visit, "basis", tuple(BASES), "homes", _("Counted per"))
    return row, column, basis


def cells(visit: Visit, names: Sequence[str], basis: str) -> Cells:
    """Rates of all combinations of these fields, under the reader's filters."""
    measure, count, exposure = BASES[basis]
    keys = [FIELDS[name] for name in names]
    exposed_by = [FIELDS[name] for name in names if name in _OF_HOMES]
    counts = figures.ask(visit, [count], [_asked(key) for key in keys], days=visit.days)
    at_risk = figures.ask(
        visit, [exposure], [_asked(key) for key in exposed_by], days=visit.days, only_fields=_OF_HOMES
    )
    return rates.cells(
        counts,
        at_risk,
        keys=[_asked(key) for key in keys],
        exposed_by=[_asked(key) for key in exposed_by],
        count=count,
        exposure=exposure,
        least=visit.measure(measure).minimum_n,
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """The rows and columns of the heatmap, in their order, and how many there are in all."""

    rows: Sequence[Any]
    columns: Sequence[Any]
    row_count: int
    column_count: int

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return (len(self.rows), len(self.columns)) == (self.row_count, self.column_count)


def extent(found: Cells, row: str, column: str, *, is_all: bool) -> Extent:
    """Those with most defects (months: the first), and wherever a rate is surely high, however few; or all."""
    high = [key for key, _cell in worst(found)]
    codes = []
    for place, field, most in ((0, row, MOST_ROWS), (1, column, MOST_COLUMNS)):
        ordered = _ordered(found, place, field)
        needed = {*ordered[:most], *(key[place] for key in high)}
        codes.append((ordered, [code for code in ordered if is_all or code in needed]))
    (rows, shown_rows), (columns, shown_columns) = codes
    return Extent(shown_rows, shown_columns, len(rows), len(columns))


def drawn(visit: Visit, found: Cells, row: str, column: str, shown: Extent) -> list[dict[str, Any]]:
    """The rows of the heatmap."""
    return [
        {
            "row": text(row_code),
            "row_name": visit.names.name(row, row_code, visit.language),
            "column": text(column_code),
            "column_name": visit.names.name(column, column_code, visit.language),
            **described(found.get((row_code, column_code))),
        }
        for row_code in shown.rows
        for column_code in shown.columns
    ]


def is_everything_shown() -> bool:
    """Whether the address asks for every row and column."""
    return st.query_params.get(EVERYTHING) == "1"


def show_extent(visit: Visit, shown: Extent, row: str, column: str) -> None:
    """Say how much of all the heatmap shows, and offer the rest."""
    _ = visit.gettext
    if not shown.is_all or is_everything_shown():
        st.session_state["tracing_everything"] = is_everything_shown()
        words = _("{field}: {shown} of {all} shown")
        st.caption(
            " · ".join(
                words.format(field=field_label(visit, field), shown=len(codes), all=count)
                for field, codes, count in (
                    (row, shown.rows, shown.row_count),
                    (column, shown.columns, shown.column_count),
                )
            )
        )
        st.toggle(_("Show all"), key="tracing_everything", on_change=_choose_everything)


def _choose_everything() -> None:
    if st.session_state["tracing_everything"]:
        st.query_params[EVERYTHING] = "1"
    else:
        st.query_params.pop(EVERYTHING, None)


def worst(found: Cells, *, most: int = 12) -> list[tuple[tuple[Any, ...], Rate]]:
    """Those whose rate is surely high: by the lower end of the interval, so that small numbers do not lead."""
    judged = [(key, cell) for key, cell in found.items() if cell.value is not None]
    return sorted(judged, key=lambda pair: pair[1].low, reverse=True)[:most]


def overall(visit: Visit, days: Period) -> dict[str, Any]:
    """The record of defects per 100 homes under filters that the measure itself does not know, such as a component."""
    measure, count, exposure = BASES["homes"]
    counted = figures.one(visit, [count], days=days).get(count)
    at_risk = figures.ask(visit, [exposure], days=days, only_fields=_OF_HOMES)[0][exposure]
    found = rates.rate(counted or 0, at_risk, least=visit.measure(measure).minimum_n)
    return {measure: found.value if found else None, f"{measure}__denominator": at_risk, count: counted}


def show_worst(visit: Visit, found: Cells, fields: tuple[str, str], count: str) -> None:
    """The table of the combinations whose rate is surely high; a click leads to their tickets."""
    _ = visit.gettext
    worst_cells = worst(found)
    if not worst_cells:
        empty.say(visit, [count], key="quality_worst")
        return
    content = [
        {
            **{name: visit.names.name(name, code, visit.language) for name, code in zip(fields, key, strict=True)},
            "rate": cell.value,
            "interval": described(cell)["interval"],
            "count": cell.count,
        }
        for key, cell in worst_cells
    ]
    config: dict[str, Any] = {name: st.column_config.TextColumn(field_label(visit, name)) for name in fields}
    config["rate"] = st.column_config.NumberColumn(_("Rate"), format="%.1f")
    config["interval"] = st.column_config.TextColumn(_("95 % interval"))
    config["count"] = st.column_config.NumberColumn(_("Defects"), format="localized")
    event = st.dataframe(
        content,
        hide_index=True,
        column_config=config,
        column_order=list(config),
        on_select="rerun",
        selection_mode="single-cell",
        height=300,
        key="quality_worst",
    )
    for place, _column in event.selection.cells:
        key = worst_cells[place][0]
        drill.follow(visit, count, **{name: text(code) for name, code in zip(fields, key, strict=True)})


def described(cell: Rate | None) -> dict[str, Any]:
    """What a chart or table needs to know of a rate."""
    if cell is None:
        return {"value": 0, "written": "", "shown": "0", "interval": "", "n": "0", "low": 0, "high": 0}
    written = formatting.NOTHING if cell.value is None else f"{cell.value:,.1f}"
    return {
        "value": cell.value,
        "written": written,
        "shown": written,
        "interval": f"{cell.low:,.1f} – {cell.high:,.1f}",
        "n": f"{cell.count:,} / {cell.exposure:,.0f}",
        "low": cell.low,
        "high": cell.high,
    }


def by_age(visit: Visit) -> list[dict[str, Any]]:
    """The rows of the curve: the defect rate of homes so many months after their handover."""
    count, exposure = BASES["months"][1:]
    counts = figures.ask(visit, [count], ["months_since_handover"], days=visit.days)
    at_risk = figures.ask(visit, [exposure], ["months_since_handover"], days=visit.days, only_fields=_OF_HOMES)
    key = ["months_since_handover"]
    least = visit.measure(BASES["months"][0]).minimum_n
    found = rates.cells(counts, at_risk, keys=key, exposed_by=key, count=count, exposure=exposure, least=least)
    return [
        {"age": int(age), **described(cell)}
        for (age,), cell in sorted(found.items(), key=lambda pair: pair[0][0] if pair[0][0] is not None else -1)
        if age is not None and age >= 0 and cell.value is not None
    ]


def text(code: Any) -> str:
    """A code as it stands in an address."""
    return NOT_RECORDED if code is None else str(code)


def basis_label(visit: Visit, basis: str) -> str:
    """What the rates are counted per."""
    _ = visit.gettext
    return {
        "homes": _("100 homes handed over in the period"),
        "months": _("100 home-months of the period"),
    }[basis]


def _ordered(found: Cells, place: int, field: str) -> list[Any]:
    totals: dict[Any, int] = {}
    for key, cell in found.items():
        totals[key[place]] = totals.get(key[place], 0) + cell.count
    if field == "handover":
        return sorted(totals, key=lambda code: (code is None, text(code)))
    return sorted(totals, key=lambda code: (code is None, -totals[code]))


def _asked(dimension: str) -> str:
    return f"{dimension}__month" if dimension == "handover_month" else dimension


def _choice(visit: Visit, parameter: str, options: Sequence[str], default: str, label: str) -> str:
    asked = st.query_params.get(parameter, default)
    key = f"tracing_{parameter}"
    st.session_state[key] = asked if asked in options else default

    def spelled(option: str) -> str:
        return basis_label(visit, option) if option in BASES else field_label(visit, option)

    chosen_option: str = st.selectbox(
        label, options, format_func=spelled, key=key, on_change=_remember, args=(parameter, key)
    )
    return chosen_option


def _remember(parameter: str, key: str) -> None:
    st.query_params[parameter] = st.session_state[key]
