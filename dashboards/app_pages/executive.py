"""Executive overview: satisfaction, time, promises, cost and backlog, and how the projects compare."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards import backlog, charts, drill, labels, overview, panels, rows
from dashboards.cards import card
from dashboards.visit import current

visit = current()
_ = visit.gettext

figures = overview.gather(visit)
visit = overview.in_one_unit(visit, figures)
now, before, months = figures.now, figures.before, figures.months
course = labels.course(visit)

first, second, third = st.columns(3)
with first:
    note = rows.noted(
        visit,
        now,
        _("{share} answered · timeliness {timeliness} · attitude {attitude}"),
        share="rating_response_rate",
        timeliness="csat_timeliness",
        attitude="csat_attitude",
    )
    card(visit, "csat_process", now=now, before=before, course=months, note=note)
with second:
    note = rows.noted(visit, now, _("Nine of ten within {p90}"), p90="time_to_resolve_p90")
    card(visit, "time_to_resolve_median", now=now, before=before, course=months, note=note)
with third:
    note = _("Open tickets past their due time count as missed")
    card(visit, "sla_attainment", now=now, before=before, course=months, note=note)
first, second, third = st.columns(3)
with first:
    note = rows.noted(visit, now, _("{cost} for each home and year"), cost="cost_per_home_year")
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
if course:
    st.caption(course)

promises = ("sla_attainment", "csat_process")
for side, title, names, unit in zip(
    st.columns(2),
    (_("Time to resolve by month"), _("Promises kept and satisfaction by month")),
    (overview.TIMES, promises),
    (visit.unit("time_to_resolve_median"), "share"),
    strict=True,
):
    with side, st.container(border=True, height="stretch"):
        st.subheader(title)
        drawn = rows.by_month(visit, months, names)
        draw = partial(charts.trend, unit=unit, language=visit.language)
        if picked := panels.chart(visit, drawn, draw, *names, key=f"executive_{names[0]}"):
            drill.follow(visit, picked["measure"], period=picked["month"])
        if drawn and course:
            st.caption(course)

for side, name in zip(st.columns(2), ("cost_total", "csat_process"), strict=True):
    with side, st.container(border=True, height="stretch"):
        st.subheader(_("{measure} by project").format(measure=visit.label(name)))
        drawn = rows.by_code(visit, figures.projects, "project", name)
        draw = partial(charts.bars, language=visit.language)
        if picked := panels.chart(visit, drawn, draw, name, key=f"executive_{name}_by_project"):
            drill.follow(visit, name, project=picked["code"])

with st.container(border=True):
    st.subheader(_("Backlog at the end of each month by days open"))
    draw = partial(charts.stacked, order=backlog.bands(visit), language=visit.language)
    if picked := panels.chart(visit, figures.backlog_ages, draw, backlog.BACKLOG, key="executive_backlog"):
        drill.follow(visit, "backlog", day=picked["day"], age=picked["code"])
    if figures.backlog_ages:
        st.caption(_("The last column is the state of {day}, to which the data reach").format(day=visit.today))

st.subheader(_("Projects"))
rows.table(visit, figures.projects, overview.COMPARED, field="project", heading=_("Project"), key="executive_projects")
