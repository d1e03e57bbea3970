"""Warming up: what the first visitor would wait for begins before they are recognised.

The compiler of the measures takes seconds to import and a tenth of one for each new question. The health check of the
server runs the entry once at its start, so all of it is usually done before anybody comes.
"""

from __future__ import annotations

import logging
import threading

import streamlit as st

from core.measures import MeasureError
from core.settings import Settings
from core.warehouse import Build, WarehouseError
from dashboards import overview, tracing
from dashboards.opening import open_visit
from dashboards.sign_on import Account

_LOG = logging.getLogger(__name__)


@st.cache_resource(max_entries=2, show_spinner=False)
def begin(build_id: str, _build: Build, _settings: Settings) -> threading.Thread:
    """Ask what the pages ask when nothing is filtered, in the background, once for each build."""
    name = f"warming {build_id}"
    thread = threading.Thread(target=_ask_as_the_pages_do, args=(_build, _settings), name=name, daemon=True)
    thread.start()
    return thread


def _ask_as_the_pages_do(build: Build, settings: Settings) -> None:
    nobody = Account("", "", settings.language, frozenset(), project_scope=None)
    try:
        everything = open_visit(settings, build, nobody, settings.language, {})
        # A question is compiled once for all values of its filters, so one project stands for each.
        a_project = {"project": list(everything.names.codes("project")[:1])}
        for query in ({}, a_project):
            overview.gather(open_visit(settings, build, nobody, settings.language, query))
            tracing.gather(open_visit(settings, build, nobody, settings.language, query, default_period="all"))
    except (MeasureError, WarehouseError) as error:
        # Whoever asks in earnest gets the same error and is told.
        _LOG.warning("Nothing was prepared for the first visitor: %s", error)
