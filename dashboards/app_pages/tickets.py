"""Lists: the rows behind a figure, exactly those it counts, each with a link to its ticket and the row it came from."""

from __future__ import annotations

import streamlit as st

from dashboards import empty, lists
from dashboards.visit import current

visit = current()

left, right = st.columns([3, 2], vertical_alignment="bottom")
with left:
    measure = lists.chosen_measure(visit)
    figure = lists.figure(visit, measure)
    visit = lists.in_one_unit(visit, measure, figure)
    part = lists.chosen_part(visit, measure, figure)
with right:
    lists.show_figure(visit, measure, figure)
st.caption(visit.definition(measure.name))

behind, page_number = lists.chosen_rows(visit, measure, part)
lists.show_filters(visit, measure)
st.subheader(lists.heading(visit, measure, part, behind))
if not behind.row_count:
    empty.say(visit, [measure.name], key="list_rows")
    st.stop()
lists.show_rows(visit, measure, part, behind)
lists.show_paging(behind, page_number)
lists.offer_download(visit, measure, part)
