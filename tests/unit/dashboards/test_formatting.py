"""How figures are written."""

from __future__ import annotations

import pytest

from core.language import Language
from dashboards import formatting


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (None, "share", "–", "–"),
        (0.9411, "share", "94.1%", "94.1%"),
        (54.3, "hours", "2.3 天", "2.3 d"),
        (20, "hours", "20.0 小时", "20.0 h"),
        (45, "minutes", "45.0 分钟", "45.0 min"),
        (12, "seconds", "12 秒", "12 s"),
        (1_258_000, "yuan", "¥125.8万", "¥1.3m"),
        (-45_000, "yuan", "-¥4.5万", "-¥45.0k"),
        (357.4, "yuan", "¥357", "¥357"),
        (7326, "tickets", "7,326", "7,326"),
        (363.04, "defects", "363.0", "363.0"),
        (0.5, "defects", "0.50", "0.50"),
    ],
)
def test_a_figure_is_written_with_its_unit(value: float | None, unit: str, zh: str, en: str) -> None:
    assert formatting.written(value, unit, "zh-CN") == zh
    assert formatting.written(value, unit, "en") == en


@pytest.mark.parametrize(
    ("now", "earlier", "unit", "written", "is_notable"),
    [
        (0.95, 0.93, "share", "+2.0 pts", True),
        (0.95, 0.949, "share", "+0.1 pts", False),
        (90, 100, "hours", "-10%", True),
        (99, 100, "hours", "-1%", False),
        (5, 0, "tickets", None, True),
        (5, None, "tickets", None, False),
        (None, 5, "tickets", None, False),
    ],
)
def test_a_change_is_written_and_coloured_where_it_says_something(
    now: float | None, earlier: float | None, unit: str, written: str | None, is_notable: bool
) -> None:
    assert formatting.delta(now, earlier, unit, "en") == written
    assert formatting.is_notable(now, earlier, unit) == is_notable


@pytest.mark.parametrize(("language", "written"), [("zh-CN", "7,326 张工单"), ("en", "7,326 tickets")])
def test_a_count_names_what_is_counted(language: Language, written: str) -> None:
    assert formatting.counted(7326, "tickets", language) == written


@pytest.mark.parametrize(("leading", "written"), [(None, "20.0 h"), (47.9, "20.0 h"), (48, "0.8 d")])
def test_a_page_writes_all_its_hours_in_the_unit_of_its_leading_figure(leading: float | None, written: str) -> None:
    assert formatting.written(20, "hours", "en", hours_in=formatting.hours_in(leading)) == written
