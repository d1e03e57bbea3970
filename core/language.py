"""The two languages of everything a person reads, and the catalogue that turns English source text into Chinese.

A room keeps its catalogue at `<locale_dir>/zh_CN/LC_MESSAGES/*.po`, the layout of `pybabel` with one file a subject. It
is compiled in memory, so no binary file is committed or can be out of date.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["zh-CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT_LANGUAGE: Final[Language] = "zh-CN"
SOURCE_LANGUAGE: Final[Language] = "en"


@cache
def translator(locale_dir: Path, language: Language) -> gettext.NullTranslations:
    """The catalogue of `locale_dir` in `language`; its `gettext` and `ngettext` translate English source text.

    English needs no file. Any other language without one raises FileNotFoundError: a forgotten catalogue in a package
    must not look like an English page. Unfinished (fuzzy) entries stay English.
    """
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    code = language.replace("-", "_")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue_of(locale_dir, code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def catalogue_of(locale_dir: Path, code: str) -> Catalog:
    """All files of one language as one catalogue; raises FileNotFoundError where there is none."""
    folder = locale_dir / code / "LC_MESSAGES"
    paths = sorted(folder.glob("*.po"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no catalogue.")
    catalogue = Catalog(locale=code)
    for path in paths:
        with path.open("rb") as file:
            for message in read_po(file, locale=code, abort_invalid=True):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


def negotiated_language(accept_language: str | None, *, default: Language = DEFAULT_LANGUAGE) -> Language:
    """The language for a reader with this `Accept-Language` header: any Chinese is zh-CN, any English is en."""
    preferred = [tag for tag, _ in sorted(_weighted_tags(accept_language or ""), key=lambda pair: -pair[1])]
    for tag in preferred:
        found = negotiate_locale([tag, tag.split("-")[0]], ["zh", *LANGUAGES], sep="-")
        if found:
            return "en" if found == "en" else "zh-CN"
    return default


def _weighted_tags(header: str) -> list[tuple[str, float]]:
    tags = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            quality = 0.0
        if tag and quality > 0:
            tags.append((tag, quality))
    return tags
