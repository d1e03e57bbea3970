"""What an address means, and what is taken out of it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import lists
from tests.unit.dashboards.conftest import Open, SessionService


def address(test: AppTest) -> dict[str, list[str]]:
    return {name: [held] if isinstance(held, str) else list(held) for name, held in test.query_params.items()}


def test_what_means_nothing_is_taken_out_of_the_address_and_said(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    test = open_page(
        "tickets", "reader", measure=["luck"], period=["sometime"], project=["HZ01", "XX99"], day=["x"], utm=["mail"]
    )
    assert address(test) == {"project": ["HZ01"], "utm": ["mail"]}
    assert [toast.value for toast in test.toast] == [
        "The address named something that does not exist here; it was left out."
    ]


def test_an_address_that_is_understood_stays_as_it_is(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    asked = {"measure": ["backlog"], "day": ["2026-06-30"], "project": ["HZ02", "HZ01"], "lang": ["en"]}
    test = open_page("tickets", "reader", **asked)
    assert address(test) == asked
    assert not test.toast


def test_a_page_behind_the_last_is_the_last(
    open_page: Open, service: SessionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add("reader", language="en")
    monkeypatch.setattr(lists, "PAGE_ROWS", 3)
    test = open_page("tickets", "reader", period=["all"], page=["999"])
    assert len(test.dataframe[0].value) == 2, "Eight tickets are three pages of three."
    assert address(test)["page"] == ["3"]


def test_a_chosen_period_goes_along_to_every_page(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    test = open_page("executive", "reader", period=["12m"])
    links = test.sidebar.get("page_link")
    assert {link.proto.query_string for link in links if link.proto.page_script_hash} == {"period=12m"}
    test = open_page("executive", "reader")
    assert {link.proto.query_string for link in test.sidebar.get("page_link")} == {""}


@pytest.mark.parametrize(
    ("page", "period", "shown"),
    [
        ("executive", "12m", "Last 12 months · 2025-07-01 – 2026-06-30"),
        ("quality", "all", "Everything · until 2026-06-30"),
    ],
)
def test_a_page_says_which_period_it_shows(
    page: str, period: str, shown: str, open_page: Open, service: SessionService
) -> None:
    service.add("reader", language="en")
    test = open_page(page, "reader")
    assert any(shown in element.value for element in test.markdown)
    course = "Courses by month show the 12 months until 2026-06-30, whatever the period"
    assert (course in [caption.value for caption in test.caption]) == (period != "12m")
