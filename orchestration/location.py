"""The module Dagster's web server and daemon load."""

from __future__ import annotations

from core.settings import get_settings
from orchestration.definitions import build_definitions

defs = build_definitions(get_settings())
