"""What a page says where there is nothing, or where a figure cannot be known."""

from __future__ import annotations

import pytest

from tests.unit.dashboards.conftest import Open, SessionService, is_sound

LOST_BY_PROJECT = ["Call answer rate", "Service level, 20 seconds", "Abandon rate"]


@pytest.mark.parametrize("page", ["executive", "quality", "telephone", "tickets"])
def test_a_period_without_anything_is_said_in_words_and_can_be_cleared(
    page: str, open_page: Open, service: SessionService
) -> None:
    service.add("reader", language="en")
    test = open_page(page, "reader", period=["2020-01"])
    assert is_sound(test)
    assert "Nothing in this period" in [caption.value for caption in test.caption]
    figures = {metric.label: metric.value for metric in test.metric}
    figures.pop("Backlog at the end of the day", None)
    figures.pop("Tickets", None)
    assert set(figures.values()) <= {"–"}
    assert not any(frame.value.empty for frame in test.dataframe)
    charts = test.get("vega_lite_chart")
    assert len(charts) == (1 if page == "executive" else 0), "Only the backlog does not depend on the period."
    clear = next(button for button in test.main.button if button.label == "Clear all filters")
    clear.click().run()
    assert "period" not in test.query_params


def test_filters_are_named_as_the_cause(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    test = open_page("executive", "reader", unit_type=["-"], severity=["urgent"], project=["HZ01"])
    said = [caption.value for caption in test.caption]
    assert "Nothing under these filters" in said
    assert "Nothing in this period" not in said


@pytest.mark.parametrize("scoped", [True, False])
def test_what_a_project_loses_on_the_telephone_is_not_made_up(
    scoped: bool, open_page: Open, service: SessionService
) -> None:
    service.add("reader", language="en", projects=["HZ01"] if scoped else None)
    query = {} if scoped else {"project": ["HZ01"]}
    test = open_page("telephone", "reader", period=["all"], **query)
    figures = {metric.label: metric.value for metric in test.metric}
    assert "Calls offered" not in figures
    assert "Contacts" in figures, "The calls written down are known by project."
    assert {figures[label] for label in LOST_BY_PROJECT} == {"–"}
    assert [caption.value for caption in test.caption].count("Not recorded by project") >= len(LOST_BY_PROJECT)
    assert test.info[0].value.startswith("A call has a project only once it was answered")
    listed = open_page("tickets", "reader", measure=["abandon_rate"], period=["all"], **query)
    assert "Not recorded by project" in [caption.value for caption in listed.caption]
    assert not listed.dataframe


def test_a_filter_that_the_telephone_does_not_know_is_named_and_not_the_period(
    open_page: Open, service: SessionService
) -> None:
    service.add("reader", language="en")
    said = [caption.value for caption in open_page("telephone", "reader", component=["sink"]).caption]
    assert "Not recorded by the filters chosen" in said
    assert "Nothing in this period" not in said
