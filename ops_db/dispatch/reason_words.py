"""Reasons of a ranking in words: "2 open, has 防水, on shift, same building"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.language import Language
from core.vocabulary import Term, Trade
from ops_db.dispatch.ranking import Reason


class ReasonWord(Term):
    """Each reason; `{value}` is what it is about."""

    LOAD = "load", "手头{value}单", "{value} open"
    SKILL = "skill", "会{value}", "has {value}"
    NO_SKILL = "no_skill", "无{value}技能", "lacks {value}"
    ON_SHIFT = "on_shift", "当班", "on shift"
    OFF_SHIFT = "off_shift", "不当班", "off shift"
    SAME_BUILDING = "same_building", "今日同楼栋", "same building today"
    SAME_PROJECT = "same_project", "今日同项目", "same project today"
    BUSY_THEN = "busy_then", "该时段已有预约", "promised elsewhere then"
    AWAY = "away", "休假至{value}", "away until {value}"


SEPARATOR: Final[Mapping[Language, str]] = {"zh-CN": "，", "en": ", "}


def in_words(reason: Reason, language: Language) -> str:
    """One reason in one language."""
    value = reason.value
    if reason.code in (ReasonWord.SKILL, ReasonWord.NO_SKILL) and value in Trade.codes():
        value = Trade(value).label(language)
    if reason.code == ReasonWord.AWAY:
        day = dt.date.fromisoformat(value)
        value = f"{day.month}月{day.day}日" if language == "zh-CN" else f"{day.day} {day:%b}"
    return ReasonWord(reason.code).label(language).format(value=value)


def sentence(reasons: Iterable[Reason], language: Language) -> str:
    """All reasons of one person."""
    return SEPARATOR[language].join(in_words(reason, language) for reason in reasons)


def kept(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as an event keeps them."""
    return [{"code": one.code, "points": one.points, "value": one.value} for one in reasons]


def read(kept_reasons: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Reasons out of an event."""
    return [Reason(str(one["code"]), int(one["points"]), str(one.get("value", ""))) for one in kept_reasons]
