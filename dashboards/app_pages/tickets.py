"""Lists: the rows behind a figure, exactly those it counts, each with a link to its ticket and the row it came from."""

from __future__ import annotations

import streamlit as st

from dashboards import lists
from dashboards.visit import current

visit = current()
_ = visit.gettext

left, right = st.columns([3, 2], vertical_alignment="bottom")
with left:
    measure = lists.chosen_measure(visit)
    figure = lists.figure(visit, measure)
    part = lists.chosen_part(visit, measure, figure)
with right:
    lists.show_figure(visit, measure, figure)
st.caption(visit.definition(measure.name))

page_number = lists.chosen_page()
behind = lists.page_of_rows(visit, measure, part, page_number)
lists.show_filters(visit, measure)
st.subheader(lists.heading(visit, measure, part, behind))
if not behind.row_count:
    st.info(_("No rows lie behind this figure. Choose a longer period or fewer filters."), icon=":material/search_off:")
    st.stop()
lists.show_rows(visit, measure, part, behind)
lists.show_paging(behind, page_number)
lists.offer_download(visit, measure, part)
