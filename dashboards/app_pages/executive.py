"""Executive overview: satisfaction, time, promises, cost and backlog, and how the projects compare."""

from __future__ import annotations

import streamlit as st

from dashboards import backlog, charts, drill, overview, rows
from dashboards.cards import card
from dashboards.visit import current

visit = current()
_ = visit.gettext

figures = overview.gather(visit)
now, before, months = figures.now, figures.before, figures.months

first, second, third = st.columns(3)
with first:
    note = _("{share} answered · timeliness {timeliness} · attitude {attitude}").format(
        share=rows.shown(visit, "rating_response_rate", now),
        timeliness=rows.shown(visit, "csat_timeliness", now),
        attitude=rows.shown(visit, "csat_attitude", now),
    )
    card(visit, "csat_process", now=now, before=before, course=months, note=note)
with second:
    note = _("Nine of ten within {p90}").format(p90=rows.shown(visit, "time_to_resolve_p90", now))
    card(visit, "time_to_resolve_median", now=now, before=before, course=months, note=note)
with third:
    note = _("Open tickets past their due time count as missed")
    card(visit, "sla_attainment", now=now, before=before, course=months, note=note)
first, second, third = st.columns(3)
with first:
    note = _("{cost} for each home and year").format(cost=rows.shown(visit, "cost_per_home_year", now))
    card(visit, "cost_total", now=now, before=before, course=months, note=note)
with second:
    note = _("What the tickets reported in the period have cost so far")
    card(visit, "cost_per_ticket", now=now, before=before, course=months, note=note)
with third:
    note = _("At the end of the data, whenever they were reported")
    card(
        visit,
        "backlog",
        now=figures.backlog_now,
        before=backlog.a_month_earlier(visit, figures.backlog_months),
        course=figures.backlog_months,
        note=note,
    )

left, right = st.columns(2)
with left, st.container(border=True, height="stretch"):
    st.subheader(_("Time to resolve by month"))
    drawn = rows.by_month(visit, months, ["time_to_resolve_median", "time_to_resolve_p90"])
    event = st.altair_chart(
        charts.trend(drawn, unit="hours", language=visit.language), key="executive_time", on_select="rerun"
    )
    if picked := drill.picked_of(event):
        drill.follow(visit, picked["measure"], period=picked["month"])
with right, st.container(border=True, height="stretch"):
    st.subheader(_("Promises kept and satisfaction by month"))
    drawn = rows.by_month(visit, months, ["sla_attainment", "csat_process"])
    event = st.altair_chart(
        charts.trend(drawn, unit="share", language=visit.language), key="executive_promises", on_select="rerun"
    )
    if picked := drill.picked_of(event):
        drill.follow(visit, picked["measure"], period=picked["month"])

for side, name in zip(st.columns(2), ("cost_total", "csat_process"), strict=True):
    with side, st.container(border=True, height="stretch"):
        st.subheader(_("{measure} by project").format(measure=visit.label(name)))
        drawn = rows.by_code(visit, figures.projects, "project", name)
        event = st.altair_chart(charts.bars(drawn, language=visit.language), key=f"executive_{name}", on_select="rerun")
        if picked := drill.picked_of(event):
            drill.follow(visit, name, project=picked["code"])

with st.container(border=True):
    st.subheader(_("Backlog at the end of each month by days open"))
    event = st.altair_chart(
        charts.stacked(figures.backlog_ages, order=backlog.bands(visit), language=visit.language),
        key="executive_backlog",
        on_select="rerun",
    )
    if picked := drill.picked_of(event):
        drill.follow(visit, "backlog", day=picked["day"], age=picked["code"])

st.subheader(_("Projects"))
rows.table(visit, figures.projects, overview.COMPARED, field="project", heading=_("Project"), key="executive_projects")
