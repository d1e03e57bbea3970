"""Telephone: how many calls are answered, how soon, and how many are resolved at once."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, drill, figures, rows
from dashboards.cards import card
from dashboards.periods import year_until
from dashboards.visit import current

visit = current()
_ = visit.gettext

RATES = ["call_answer_rate", "service_level", "abandon_rate", "average_speed_of_answer", "first_contact_resolution"]
CARDS = ["calls_offered", *RATES]
now = figures.one(visit, CARDS, days=visit.days)
earlier = visit.days.before()
before = figures.one(visit, CARDS, days=earlier) if earlier else {}
months = figures.ask(
    visit, CARDS, ["metric_time__month"], days=year_until(visit.days.end), order_by=["metric_time__month"]
)

for side, name in zip([*st.columns(3), *st.columns(3)], CARDS, strict=True):
    with side:
        card(visit, name, now=now, before=before, course=months)

left, right = st.columns(2)
with left, st.container(border=True, height="stretch"):
    st.subheader(_("Answered and in time, by month"))
    drawn = rows.by_month(visit, months, ["call_answer_rate", "service_level"])
    if drawn:
        chart = charts.trend(drawn, unit="share", language=visit.language, target=0.8)
        event = st.altair_chart(chart, key="telephone_months", on_select="rerun")
        if picked := drill.picked_of(event):
            drill.follow(visit, picked["measure"], period=picked["month"])
        st.caption(_("The dashed line is the aim for calls answered within 20 seconds"))
    else:
        st.info(_("No calls in this period."), icon=":material/search_off:")
with right, st.container(border=True, height="stretch"):
    st.subheader(_("Lost calls by exchange"))
    lost = figures.ask(visit, ["abandon_rate"], ["exchange_code"], days=visit.days)
    drawn = rows.by_code(visit, lost, "exchange", "abandon_rate")
    if drawn:
        event = st.altair_chart(charts.bars(drawn, language=visit.language), key="telephone_lost", on_select="rerun")
        if picked := drill.picked_of(event):
            drill.follow(visit, "abandon_rate", exchange=picked["code"])
    else:
        st.info(_("No calls in this period."), icon=":material/search_off:")

st.subheader(_("Telephone exchanges"))
COMPARED = ["calls_offered", "calls_answered", *RATES[:4]]
exchanges = figures.ask(visit, COMPARED, ["exchange_code"], days=visit.days, order_by=["exchange_code"])
rows.table(visit, exchanges, COMPARED, field="exchange", heading=_("Telephone exchange"), key="telephone_exchanges")
