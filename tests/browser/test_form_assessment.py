"""The browser judges the answers of a form exactly as the server does: random forms, random answers, both judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Route

from ops_db.forms import definition as form
from ops_db.forms.assessment import assess
from ops_db.forms.patterns import translated
from ops_db.forms.reading import Circumstances, read_typed
from tests.form_cases import NOW, forms, typed_into

pytestmark = pytest.mark.browser

SCRIPTS = Path(__file__).parents[2] / "ticket_service" / "static" / "js" / "forms"
JUDGE = """async (cases) => {
    const { readTyped } = await import("/reading.js");
    const { assess } = await import("/assessment.js");
    return cases.map(({ definition, typed, around, patterns }) => {
        const judged = assess(definition, readTyped(definition, typed, around), around, patterns);
        return { values: judged.values, hidden: [...judged.hidden].sort(), faults: judged.faults };
    });
}"""

Case = tuple[form.FormDefinition, dict[str, list[str]], Circumstances]
Judge = Callable[[list[Case]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def browser_judges(chromium: Browser) -> Iterator[Judge]:
    """`browser_judges(cases)` is what the scripts of the pages make of them, without any server."""

    def serve(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name:
            route.fulfill(path=SCRIPTS / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = chromium.new_page()
    page.route("http://forms.test/**", serve)
    page.goto("http://forms.test/")
    yield lambda cases: page.evaluate(JUDGE, [_as_json(*case) for case in cases])
    page.close()


def _as_json(definition: form.FormDefinition, typed: dict[str, list[str]], around: Circumstances) -> dict[str, Any]:
    patterns = {
        field.key: translated(field.pattern)
        for field in definition.fields
        if isinstance(field, form.TextField) and field.pattern
    }
    return {
        "definition": definition.model_dump(mode="json", by_alias=True, exclude_none=True),
        "typed": typed,
        "around": {"now": around.now, "fixed": dict(around.fixed), "files": dict(around.files)},
        "patterns": patterns,
    }


def server_judges(
    definition: form.FormDefinition, typed: dict[str, list[str]], around: Circumstances
) -> dict[str, Any]:
    judged = assess(definition, read_typed(definition, typed, around), around)
    faults = {key: {"code": fault.code, "values": dict(fault.values)} for key, fault in judged.faults.items()}
    found = {"values": judged.values, "hidden": sorted(judged.hidden), "faults": faults}
    # Both as JSON has them: a tuple is a list there, and 3.0 is 3.
    return dict(json.loads(json.dumps(found)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    definition = draw(forms())
    typed, files = draw(typed_into(definition))
    cascades = [field.key for field in definition.fields if field.kind == "cascade"]
    fixed = {cascades[0]: "HZ01"} if cascades and draw(st.booleans()) else {}
    return definition, typed, Circumstances(now=NOW, fixed=fixed, files=files)


def test_server_and_browser_agree_on_every_answer(browser_judges: Judge) -> None:
    counted = {"cases": 0, "accepted": 0, "hidden": 0}

    @settings(max_examples=50, suppress_health_check=list(HealthCheck))
    @given(st.lists(cases(), min_size=1, max_size=12))
    def agree(batch: list[Case]) -> None:
        for case, judged in zip(batch, browser_judges(batch), strict=True):
            expected = server_judges(*case)
            assert judged == expected, case[0].model_dump_json(by_alias=True, exclude_none=True)
            counted["cases"] += 1
            counted["accepted"] += not expected["faults"]
            counted["hidden"] += bool(expected["hidden"])

    agree()
    # Random cases that are all refused, or hide nothing, would prove little.
    assert counted["cases"] > 150
    assert counted["accepted"] > counted["cases"] / 20
    assert counted["hidden"] > counted["cases"] / 20
