"""Quality tracing: which homes have which defects more often than others, and built by whom of what."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards import charts, drill, empty, labels, panels, rows, tracing
from dashboards.cards import card
from dashboards.visit import current

visit = current()
_ = visit.gettext

figures = tracing.gather(visit)
for side, name in zip(st.columns(4), tracing.CARDS, strict=True):
    with side:
        listed = "cohort_defect_count" if name == "defects_per_100_homes" else None
        card(visit, name, now=figures.now, before=figures.before, course=figures.months, listed=listed)
if course := labels.course(visit):
    st.caption(course)

with st.container(border=True):
    st.subheader(_("Where defects gather"))
    row, column, basis = tracing.chosen(visit)
    count = tracing.BASES[basis][1]
    found = tracing.cells(visit, [row, column], basis)
    shown = tracing.extent(found, row, column, is_all=tracing.is_everything_shown())
    drawn = tracing.drawn(visit, found, row, column, shown)
    if drawn:
        event = st.altair_chart(
            charts.heatmap(drawn, language=visit.language), key=f"quality_{row}_{column}_{basis}", on_select="rerun"
        )
        if picked := drill.picked_of(event):
            drill.follow(visit, count, **{row: picked["row"], column: picked["column"]})
        said = _("Defects per {basis}. Empty: no defect. A dash: too few homes. Choose a cell for its tickets.")
        st.caption(said.format(basis=tracing.basis_label(visit, basis)))
        tracing.show_extent(visit, shown, row, column)
    else:
        empty.say(visit, [count], key="quality_heatmap")

left, right = st.columns(2)
with left, st.container(border=True, height="stretch"):
    st.subheader(_("High beyond chance"))
    tracing.show_worst(visit, found, (row, column), count)
with right, st.container(border=True, height="stretch"):
    st.subheader(_("Defects by months since handover"))
    draw = partial(charts.curve, language=visit.language, title=_("Months since handover"))
    if picked := panels.chart(visit, figures.ages, draw, "home_defect_count", key="quality_age"):
        drill.follow(visit, "home_defect_count", since_handover=picked["age"])
    if figures.ages:
        st.caption(_("Defects per 100 home-months, with the 95 % interval"))

st.subheader(_("Material batches"))
rows.table(
    visit,
    figures.batches,
    tracing.BATCHES,
    field="batch",
    heading=_("Material batch"),
    key="quality_batches",
    beside=dict(zip(tracing.MATERIAL, (_("Material"), _("Supplier")), strict=True)),
)
