"""Warming up."""

from __future__ import annotations

from core import warehouse
from core.semantic_layer import Compiler, load_definitions
from core.settings import Settings
from dashboards import warming
from tests.unit.dashboards.conftest import Open, SessionService, is_sound


def test_after_warming_up_the_first_visitor_waits_for_no_compiling(
    open_page: Open, service: SessionService, settings: Settings
) -> None:
    build = warehouse.require_build(settings)
    warming._ask_as_the_pages_do(build, settings)
    compiled = Compiler.of(load_definitions(build.semantic_manifest))._compiled
    before = set(compiled)
    service.add("reader")
    for page, query in [("executive", {}), ("quality", {}), ("executive", {"project": ["HZ02"]})]:
        assert is_sound(open_page(page, "reader", **query))
    # The heatmap is drawn by the properties that the reader crosses; all else is asked in a form known already.
    assert {question.metrics for question in set(compiled) - before} <= {
        ("cohort_defect_count",),
        ("handed_over_home_count",),
    }
