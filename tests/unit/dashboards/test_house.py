"""The rules of the cockpits: short pages without aggregates, in both languages, that call nobody."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core import measures
from core.settings import Settings

ROOM = Path(__file__).parents[3] / "dashboards"
PAGES = sorted((ROOM / "app_pages").glob("*.py"))
CATALOGUE = ROOM / "locale" / "zh_CN" / "LC_MESSAGES" / "messages.po"
AGGREGATES = re.compile(r"\b(sum|avg|mean|median|count|min|max|quantile|group_by|groupby|agg|len)\s*\(", re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_computes_nothing(page: Path) -> None:
    source = page.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 120
    assert AGGREGATES.findall(source) == []
    assert not re.search(r"__main__|st\.divider|unsafe_allow_html|<style", source)
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    assert functions == [], "A page is a script; what it calls has a module of its own."


def test_the_rule_against_aggregates_finds_one() -> None:
    assert AGGREGATES.findall("total = sum(row['cost'] for row in rows)") == ["sum"]


def messages() -> set[str]:
    found = extract_from_dir(ROOM, method_map=[("**.py", "python")], keywords={"_": None})
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def test_every_text_and_every_definition_has_a_chinese_one(settings: Settings) -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN", abort_invalid=True)
    wanted = messages() | {measure.definition for measure in measures.catalogue(settings)}
    assert len(messages()) > 80
    finished = {message.id for message in catalogue if message.id and message.string and not message.fuzzy}
    assert sorted(wanted - finished) == []
    assert sorted(finished - wanted) == [], "These are said nowhere any more."


def test_a_translation_has_the_placeholders_of_its_text() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    placeholders = re.compile(r"{\w+}")
    assert [
        message.id
        for message in catalogue
        if message.id and sorted(placeholders.findall(message.id)) != sorted(placeholders.findall(message.string))
    ] == []


def test_the_server_tells_nobody_and_shows_no_code() -> None:
    config = tomllib.loads((ROOM / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"] == {
        "disableDataExport": True,
        "showErrorDetails": "none",
        "showErrorLinks": False,
        "toolbarMode": "minimal",
        "showSidebarNavigation": False,
    }
    assert "http" not in config["theme"]["font"]
