"""Warming up: what the first question would wait for begins with the first visitor, before they are recognised."""

from __future__ import annotations

import threading

import streamlit as st

from core import measures
from core.measures import MeasureError
from core.settings import Settings
from core.warehouse import WarehouseError


@st.cache_resource(max_entries=2, show_spinner=False)
def begin(build_id: str, _settings: Settings) -> threading.Thread:
    """Import and prepare the compiler of the measures in the background, once for each build."""
    thread = threading.Thread(target=_ask_anything, args=(_settings,), name=f"warming {build_id}", daemon=True)
    thread.start()
    return thread


def _ask_anything(settings: Settings) -> None:
    try:
        measures.query(settings, ["ticket_count"])
    except (MeasureError, WarehouseError):
        # Whoever asks in earnest gets the same error, and is told.
        return
