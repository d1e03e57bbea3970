"""Every sentence of the pages has its Chinese, and the catalogue holds nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core.language import catalogue_of

ROOT = Path(__file__).parents[4]
LOCALE = ROOT / "ticket_service" / "locale"
METHODS = [("pages/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "translate": None, "marked": None, "gettext": None, "ngettext": (1, 2)}
ERROR_ROOTS = {"DomainError", "ProcessError"}
FAULTS = {"Problem": 2, "Finding": 3}
"""Faults that are reported rather than raised, with the place of their sentence among what they are made from."""

Message = str | tuple[str, ...]


def sentences_of_pages() -> set[Message]:
    """What templates and Python mark for translation."""
    found = extract_from_dir(
        ROOT / "ticket_service", method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, strip_comment_tags=True
    )
    return {tuple(message) if isinstance(message, tuple | list) else message for _, _, message, _, _ in found}


def sentences_of_refusals() -> set[str]:
    """The sentence templates with which use cases and process refuse something."""
    paths = [path for room in ("ops_db", "ticket_service") for path in (ROOT / room).rglob("*.py")]
    # What only commands meet is read in a terminal, in English.
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths if "history_import" not in path.parts]
    errors = names_of_errors(trees)
    return {sentence for tree in trees for sentence in sentences_given_to(tree, errors)}


def names_of_errors(trees: list[ast.Module]) -> set[str]:
    parents = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = set(ERROR_ROOTS)
    while grown := {name for name, bases in parents.items() if bases & known} - known:
        known |= grown
    return known


def sentences_given_to(tree: ast.Module, errors: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = place_of_sentence(node.func, errors)
            given = node.args[place] if place is not None and place < len(node.args) else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def place_of_sentence(called: ast.expr, errors: set[str]) -> int | None:
    if isinstance(called, ast.Name):
        return 0 if called.id in errors else FAULTS.get(called.id)
    # An error of its own may give its one sentence to the class above it.
    is_own = isinstance(called, ast.Attribute) and called.attr == "__init__" and isinstance(called.value, ast.Call)
    return 0 if is_own else None


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return catalogue_of(LOCALE, "zh_CN")


def test_every_sentence_has_its_chinese_and_nothing_is_left_over(catalogue: Catalog) -> None:
    used = sentences_of_pages() | sentences_of_refusals()
    kept = {message.id: message for message in catalogue if message.id}
    missing = sorted(map(str, used - kept.keys()))
    left_over = sorted(map(str, kept.keys() - used))
    untranslated = [str(id) for id, message in kept.items() if not message.string or message.fuzzy]
    assert (missing, left_over, untranslated) == ([], [], [])


def test_each_sentence_stands_in_one_file_only() -> None:
    where: dict[str, list[str]] = {}
    for path in sorted((LOCALE / "zh_CN" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN", abort_invalid=True):
                if message.id:
                    where.setdefault(str(message.id), []).append(path.name)
    assert {id: files for id, files in where.items() if len(files) > 1} == {}


def test_a_translation_has_no_gap_that_nobody_fills(catalogue: Catalog) -> None:
    def gaps(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)s|\{\w+(?:!r)?\}", text))

    for message in catalogue:
        if not message.id:
            continue
        original = message.id if isinstance(message.id, str) else message.id[-1]
        translated = message.string if isinstance(message.string, str) else message.string[0]
        assert gaps(translated) <= gaps(original), original


def test_chinese_is_written_with_its_own_punctuation(catalogue: Catalog) -> None:
    half_width = re.compile(r"[一-鿿][,;:!?]|[,;:!?][一-鿿]")
    for message in catalogue:
        for translated in [message.string] if isinstance(message.string, str) else message.string:
            if message.id:
                assert not half_width.search(translated), translated
