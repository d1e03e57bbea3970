"""Each page as its readers open it."""

from __future__ import annotations

import pytest

from core.settings import Settings
from core.vocabulary import Permission
from core.warehouse import POINTER
from tests.unit.dashboards.conftest import Open, SessionService, is_sound, words_of

CARDS = {
    "executive": {
        "zh-CN": ["服务过程满意度", "解决时长中位数(自然时间)", "SLA达成率", "维修总费用", "单均费用", "日终积压工单"],
        "en": ["Satisfaction with the service", "Time to resolve, median", "SLA attainment", "Cost of service"],
    },
    "quality": {
        "zh-CN": ["百户缺陷数", "90天重复缺陷率", "重开率", "一次修复率"],
        "en": ["Defects per 100 homes", "Repeat-defect rate, 90 days", "Reopen rate", "First-time-fix rate"],
    },
    "telephone": {
        "zh-CN": ["接通率", "20秒服务水平", "放弃率", "平均应答速度", "首次呼叫解决率(净)"],
        "en": ["Call answer rate", "Service level, 20 seconds", "Abandon rate", "Average speed of answer"],
    },
    "tickets": {"zh-CN": ["工单量"], "en": ["Tickets"]},
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("page", CARDS)
def test_each_page_shows_its_cards_in_the_readers_language(
    page: str, language: str, open_page: Open, service: SessionService
) -> None:
    service.add("reader", language=language)
    test = open_page(page, "reader")
    assert is_sound(test)
    labels = [metric.label for metric in test.metric]
    assert [wanted for wanted in CARDS[page][language] if wanted not in labels] == []


def test_the_address_overrides_the_language_of_the_account(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="zh-CN")
    assert open_page("executive", "reader", lang=["en"]).title[0].value == "Executive overview"


def test_whoever_has_not_signed_in_is_led_to_the_sign_in_and_back(open_page: Open, settings: Settings) -> None:
    test = open_page("executive", None, project=["HZ01"])
    assert test.title[0].value == "请登录后查看驾驶舱"
    assert not test.metric
    (link,) = test.get("html")
    assert f"{settings.service_url}/sign-in?next=%2Fcockpits%2Fexecutive%3Fproject%3DHZ01" in link.proto.body


def test_an_ended_session_shows_nothing(open_page: Open, service: SessionService) -> None:
    assert open_page("executive", "unknown").title[0].value == "请登录后查看驾驶舱"
    assert service.asked[-1] == "unknown"


def test_without_the_service_nobody_sees_figures(open_page: Open, service: SessionService) -> None:
    service.add("reader")
    service.stop()
    test = open_page("executive", "reader")
    assert test.title[0].value == "工单系统没有响应"
    assert not test.metric
    assert is_sound(test)


def test_a_page_opens_only_with_its_permission(open_page: Open, service: SessionService) -> None:
    service.add("engineer", permissions=[Permission.COCKPIT_QUALITY])
    assert open_page("quality", "engineer").title[0].value == "质量追溯"
    (way,) = open_page("", "engineer").main.get("page_link")
    assert way.proto.label == "质量追溯", "The bare address leads to a page they may open."
    test = open_page("executive", "engineer")
    assert test.title[0].value == "您的账号无权打开此页面"
    assert not test.metric
    ways = [link.proto.label for link in test.sidebar.get("page_link")]
    assert ways == ["质量追溯", "电话服务", "明细", "前往工单系统"]
    assert test.sidebar.get("button_group"), "The language can be changed here too."


def test_whoever_has_no_cockpit_sees_no_figure_and_the_way_to_the_service(
    open_page: Open, service: SessionService
) -> None:
    service.add("desk", permissions=[Permission.TICKET_READ])
    test = open_page("", "desk")
    assert test.title[0].value == "您的账号无权打开此页面"
    assert not test.metric
    (link,) = test.get("html")
    assert f'href="{service.url}/"' in link.proto.body


@pytest.mark.parametrize("page", CARDS)
def test_a_foreign_project_is_nowhere_on_a_page(page: str, open_page: Open, service: SessionService) -> None:
    service.add("everyone")
    assert "江南府" in words_of(open_page(page, "everyone", period=["all"]))
    # The pages were just shown to somebody who may see all: nothing of that may be remembered for the others.
    for project, own, foreign in (("HZ01", "云栖里", "江南府"), ("HZ02", "江南府", "云栖里")):
        service.add(project, projects=[project])
        words = words_of(open_page(page, project, period=["all"], project=["HZ01", "HZ02"]))
        assert own in words
        assert foreign not in words
        assert {"HZ01": "HZ02", "HZ02": "HZ01"}[project] not in words.replace("project=", "")


def test_a_reader_of_no_project_sees_empty_pages(open_page: Open, service: SessionService) -> None:
    service.add("reader", projects=[])
    for page in CARDS:
        test = open_page(page, "reader", period=["all"])
        assert is_sound(test)
        assert "HZ0" not in words_of(test)


def test_filters_of_the_address_are_restored_and_what_may_not_be_chosen_is_dropped(
    open_page: Open, service: SessionService
) -> None:
    service.add("reader", projects=["HZ01"])
    test = open_page("executive", "reader", period=["90d"], project=["HZ01", "HZ02"], component=["sink", "roof"])
    assert test.selectbox(key="filter_period").value == "90d"
    assert test.multiselect(key="filter_project").value == ["HZ01"]
    assert test.multiselect(key="filter_component").value == ["sink"]


def test_a_changed_filter_goes_into_the_address(open_page: Open, service: SessionService) -> None:
    service.add("reader")
    test = open_page("executive", "reader")
    test.multiselect(key="filter_project").set_value(["HZ02"]).run()
    test.selectbox(key="filter_period").set_value("all").run()
    assert test.query_params["project"] == "HZ02"
    assert test.query_params["period"] == "all"
    assert is_sound(test)
    test.button[0].click().run()
    assert "project" not in test.query_params
    assert "period" not in test.query_params


def test_a_card_counts_what_its_link_lists(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    for measure, part, rows in [
        ("ticket_count", None, "8 tickets"),
        ("backlog", None, "3 tickets"),
        ("sla_attainment", "denominator", "4 tickets"),
        ("csat_process", "denominator", "2 ratings"),
    ]:
        query = {"measure": [measure], "period": ["all"], **({"part": [part]} if part else {})}
        test = open_page("tickets", "reader", **query)
        assert test.main.subheader[0].value == rows
        assert len(test.dataframe[0].value) == int(rows.split()[0])


def test_each_row_of_a_list_leads_to_its_ticket_and_names_its_source(
    open_page: Open, service: SessionService, settings: Settings
) -> None:
    service.add("reader")
    rows = open_page("tickets", "reader", period=["all"]).dataframe[0].value
    assert f"{settings.service_url}/desk/tickets/T00000001" in set(rows["ticket_number"])
    assert "ops__ticket t1" in set(rows["source"])


def test_a_figure_below_its_least_n_is_a_dash_with_its_reason(open_page: Open, service: SessionService) -> None:
    service.add("reader", language="en")
    test = open_page("executive", "reader", period=["all"])
    (satisfaction,) = [metric for metric in test.metric if metric.label == "Satisfaction with the service"]
    assert satisfaction.value == "–"
    assert "Only 2 cases; at least 5 are needed" in [caption.value for caption in test.caption]


def test_a_filter_that_a_measure_does_not_know_is_said_and_never_ignored(
    open_page: Open, service: SessionService
) -> None:
    service.add("reader", language="en")
    test = open_page("executive", "reader", category=["water"])
    (satisfaction,) = [metric for metric in test.metric if metric.label == "Satisfaction with the service"]
    assert satisfaction.value == "–"
    assert "Not recorded by the filters chosen" in [caption.value for caption in test.caption]


def test_a_fault_is_said_in_the_readers_language_and_shows_nothing_of_the_inside(
    open_page: Open, service: SessionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add("reader", language="en")
    monkeypatch.setattr("dashboards.overview.gather", lambda _visit: {}["secret column"])
    test = open_page("executive", "reader")
    (error,) = test.error
    assert error.value.startswith("This page broke off.")
    assert "secret column" not in words_of(test)


def test_before_the_first_build_a_page_says_how_to_get_one(
    open_page: Open, service: SessionService, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    service.add("reader")
    monkeypatch.setattr("core.warehouse.POINTER", f"none-{POINTER}")
    test = open_page("executive", "reader")
    assert test.title[0].value == "尚未发布任何数据"
    assert test.code[0].value == "anju pipeline run"
