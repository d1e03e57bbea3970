"""Languages: the catalogue compiled in memory, and the choice made from a browser's header."""

from pathlib import Path

import pytest

from core.language import negotiated_language, translator

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Ticket"
msgstr "工单"

#, fuzzy
msgid "Visit"
msgstr "拜访"

msgid "%(count)d ticket"
msgid_plural "%(count)d tickets"
msgstr[0] "%(count)d 张工单"
"""


@pytest.fixture
def locale_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def test_chinese_comes_from_the_catalogue_and_unfinished_entries_stay_english(locale_dir: Path) -> None:
    chinese = translator(locale_dir, "zh-CN")
    assert chinese.gettext("Ticket") == "工单"
    assert chinese.gettext("Visit") == "Visit"
    assert chinese.ngettext("%(count)d ticket", "%(count)d tickets", 2) % {"count": 2} == "2 张工单"


def test_english_needs_no_catalogue(tmp_path: Path) -> None:
    english = translator(tmp_path, "en")
    assert english.gettext("Ticket") == "Ticket"
    assert english.ngettext("ticket", "tickets", 2) == "tickets"


def test_a_forgotten_catalogue_is_an_error_and_not_an_english_page(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        translator(tmp_path, "zh-CN")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh-TW", "zh-CN"),
        ("en;q=0.3, zh-Hans-CN;q=0.7", "zh-CN"),
        ("fr, en-GB;q=0.2", "en"),
        ("fr", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=nonsense", "zh-CN"),
        ("", "zh-CN"),
        (None, "zh-CN"),
    ],
)
def test_the_reader_gets_the_language_of_the_browser(header: str | None, expected: str) -> None:
    assert negotiated_language(header) == expected
