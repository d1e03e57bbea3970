"""Telephone: how many calls are answered, how soon, and how many are resolved at once."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboards import charts, drill, figures, labels, panels, rows, telephone
from dashboards.cards import card
from dashboards.periods import year_until
from dashboards.visit import current

visit = current()
_ = visit.gettext

names = telephone.cards(visit)
now = figures.one(visit, names, days=visit.days)
earlier = visit.days.before()
before = figures.one(visit, names, days=earlier) if earlier else {}
months = figures.ask(
    visit, names, ["metric_time__month"], days=year_until(visit.days.end), order_by=["metric_time__month"]
)
course = labels.course(visit)

if figures.is_by_project(visit):
    st.info(telephone.project_note(visit), icon=":material/info:")
for side, name in zip([*st.columns(3), *st.columns(3)], names, strict=True):
    with side:
        card(visit, name, now=now, before=before, course=months)
if course:
    st.caption(course)

left, right = st.columns(2)
with left, st.container(border=True, height="stretch"):
    st.subheader(_("Answered and in time, by month"))
    drawn = rows.by_month(visit, months, telephone.BY_MONTH)
    draw = partial(charts.trend, unit="share", language=visit.language, target=telephone.AIM)
    if picked := panels.chart(visit, drawn, draw, *telephone.BY_MONTH, key="telephone_months"):
        drill.follow(visit, picked["measure"], period=picked["month"])
    if drawn:
        st.caption(_("The dashed line is the aim for calls answered within 20 seconds"))
        st.caption(course or "")
with right, st.container(border=True, height="stretch"):
    st.subheader(_("Lost calls by exchange"))
    lost = figures.ask(visit, ["abandon_rate"], ["exchange_code"], days=visit.days)
    drawn = rows.by_code(visit, lost, "exchange", "abandon_rate")
    draw = partial(charts.bars, language=visit.language)
    if picked := panels.chart(visit, drawn, draw, "abandon_rate", key="telephone_lost"):
        drill.follow(visit, "abandon_rate", exchange=picked["code"])

st.subheader(_("Telephone exchanges"))
compared = telephone.compared(visit)
exchanges = figures.ask(visit, compared, ["exchange_code"], days=visit.days, order_by=["exchange_code"])
rows.table(visit, exchanges, compared, field="exchange", heading=_("Telephone exchange"), key="telephone_exchanges")
