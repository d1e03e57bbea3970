"""Lists: what they hold, and what leaves them as a file."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from core import measures, warehouse
from core.language import Language
from core.measures import RowsBehind
from core.settings import Settings
from dashboards import columns, lists
from dashboards.opening import open_visit
from dashboards.sign_on import Account
from dashboards.visit import Visit


def visit_to(settings: Settings, language: Language = "en", **query: list[str]) -> Visit:
    reader = Account("reader", "Reader", language, frozenset(), project_scope=None)
    build = warehouse.current_build(settings)
    assert build is not None
    return open_visit(settings, build, reader, language, query)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str, settings: Settings) -> None:
    behind = RowsBehind(
        ("ticket_id", "ticket_number", "title", "value", "_source_table", "_source_key"),
        [("t1", "T1", text, -5.0, "ops__ticket", "t1")],
        "",
        "b1",
        1,
        -5.0,
    )
    written = lists.as_csv(visit_to(settings), behind).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(written, newline=""))
    assert header == ["Ticket", "Value", "Title", "Source row"]
    assert row == ["T1", "-5.0", f"'{text}", "ops__ticket t1"]


def test_a_file_holds_every_row_of_the_figure(settings: Settings) -> None:
    behind = measures.drill(settings, "ticket_count", limit=measures.LARGEST_PAGE)
    rows = list(csv.DictReader(io.StringIO(lists.as_csv(visit_to(settings), behind).decode("utf-8-sig"))))
    assert len(rows) == behind.row_count == measures.query(settings, ["ticket_count"]).one()["ticket_count"]


@pytest.mark.parametrize("measure", ["ticket_count", "cost_total", "sla_attainment", "csat_process", "backlog"])
@pytest.mark.parametrize("query", [{}, {"project": ["HZ02"]}])
def test_figure_and_rows_agree(measure: str, query: dict[str, list[str]], settings: Settings) -> None:
    visit = visit_to(settings, **query, period=["all"])
    asked = visit.measure(measure)
    figure = lists.figure(visit, asked)
    for part in ("numerator", "denominator") if asked.numerator else ("numerator",):
        behind = lists.page_of_rows(visit, asked, part, 1)
        wanted = figure[f"{measure}__{part}"] if asked.numerator else figure[measure]
        found = behind.value_sum if asked.kind == "sum" else behind.row_count
        assert found == pytest.approx(wanted)


def test_pages_do_not_overlap_and_miss_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE_ROWS", 3)
    visit = visit_to(settings, period=["all"])
    measure = visit.measure("ticket_count")
    pages = [lists.page_of_rows(visit, measure, "numerator", number) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [3, 3, 2, 0]
    assert len({row[0] for page in pages for row in page.rows}) == 8


@pytest.mark.parametrize(
    ("language", "instant", "state"),
    [("en", "Reported (Asia/Shanghai)", "Closed"), ("zh-CN", "报修时间 (Asia/Shanghai)", "已关闭")],
)
def test_a_file_speaks_as_the_page_does(language: Language, instant: str, state: str, settings: Settings) -> None:
    behind = RowsBehind(
        ("ticket_id", "ticket_number", "project_code", "state", "reported_at", "value", "_source_table", "_source_key"),
        [("t1", "T1", "HZ01", "closed", dt.datetime(2026, 3, 1, 16, 5, 9, tzinfo=dt.UTC), 1, "ops__ticket", "t1")],
        "",
        "b1",
        1,
        1,
    )
    written = lists.as_csv(visit_to(settings, language), behind).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    assert row[instant] == "2026-03-02 00:05:09"
    assert {"云栖里", state} <= set(row.values())


def test_a_column_is_wide_enough_for_its_heading_and_its_longest_value() -> None:
    assert columns.width("State", ["Cancelled", None]) > columns.width("State", ["Open"])
    assert columns.width("部件", ["开关插座面板"]) > columns.width("部件", ["abcdef"]), "A character takes two letters."
    assert columns.width("Note", ["x" * 1000]) < 400
