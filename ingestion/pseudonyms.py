"""Personal data on its way into raw: keyed pseudonyms for fields, masks for what people write in free text.

A pseudonym is the same for the same person everywhere in one installation, so calls and customers can be joined, and
cannot be turned back without the installation's key (a plain hash of a phone number can be guessed in seconds).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final, Literal

import polars as pl

from core.settings import Settings

PersonalKind = Literal["name", "phone", "key"]

_PURPOSES: Final[dict[PersonalKind, bytes]] = {
    "phone": b"anju phone index",
    "name": b"anju name pseudonym",
    "key": b"anju key pseudonym",
}

# Rust's \d takes full-width digits too. A leading non-digit stands for the look-behind that the engine does not have.
_IDENTITY_CARD: Final = r"(^|\D)(\d{4})\d{10}(\d{3}[\dXx])"
_MOBILE: Final = r"(^|\D)((?:\+?86[- ]?)?[1１][3-9３-９]\d)[- ]?\d{4}[- ]?(\d{4})"
_LANDLINE: Final = r"(^|\D)([0０]\d{2,3}[- ]?)\d{3,4}(\d{4})"
_FOREIGN: Final = r"(^|\D)(\(?\d{3}\)?[-. ])\d{3}([-. ]\d{4})"
_MOBILE_IN_JSON: Final = r"(^|[^0-9A-Fa-f])(?:\+?86[- ]?)?[1１][3-9３-９]\d[- ]?\d{4}[- ]?\d{4}($|[^0-9A-Fa-f])"
_IDENTITY_CARD_IN_JSON: Final = r"(^|[^0-9A-Fa-f])(\d{6})\d{11}[\dXx]($|[^0-9A-Fa-f])"
_LANDLINE_IN_JSON: Final = r"(^|\D)([0０]\d{2,3}[- ])\d{3,4}(\d{4})"
_SUSPECT: Final = r"[1１][3-9３-９]\d[- ]?\d{4}[- ]?\d{4}|\d{17}|[0０]\d{2,3}[- ]?\d{7}|\d{3}\)?[-. ]\d{3}[-. ]\d{4}|@"
_MAIL: Final = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"


class Pseudonyms:
    """Makes pseudonyms with one installation's key: the keyed SHA-256 of the value, 64 hexadecimal characters.

    That of a phone number is the blind index under which the operational database finds the number (`caller_index`),
    so a call in the exchange's log, the desk's note of it and the customer can be joined.
    """

    def __init__(self, settings: Settings) -> None:
        secret = settings.secrets.secret_key.get_secret_value().encode()
        self._keys = {kind: hmac.digest(secret, purpose, "sha256") for kind, purpose in _PURPOSES.items()}

    def of(self, kind: PersonalKind, value: str) -> str:
        """The pseudonym of one value."""
        return hmac.digest(self._keys[kind], value.encode(), "sha256").hex()

    def of_column(self, kind: PersonalKind, values: pl.Series) -> pl.Series:
        """The pseudonyms of a text column; null stays null. Each distinct value is hashed once."""
        distinct = values.drop_nulls().unique()
        hashed = pl.Series([self.of(kind, value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, hashed, default=None, return_dtype=pl.String)


def normal_phone(text: pl.Expr) -> pl.Expr:
    """A phone number in plain characters as digits alone, without China's country code: one spelling for one number."""
    digits = text.str.replace(r"\.0+$", "").str.replace_all(r"[\s()./–—·-]", "")
    return digits.str.replace(r"^(?:\+|00)?86(1[3-9]\d{9})$", "$1").str.replace(r"^\+", "")


def masked(text: pl.Expr) -> pl.Expr:
    """Free text with phone numbers as `138****1234`, identity cards and mail addresses made unreadable."""
    return (
        text.str.replace_all(_IDENTITY_CARD, "${1}${2}**********${3}")
        .str.replace_all(_MOBILE, "${1}${2}****${3}")
        .str.replace_all(_LANDLINE, "${1}${2}****${3}")
        .str.replace_all(_FOREIGN, "${1}${2}***${3}")
        .str.replace_all(_MAIL, "***@***")
    )


def masked_column(texts: pl.Series) -> pl.Series:
    """As `masked`, over a column in which few texts hold anything to mask."""
    return _where_suspect(texts, masked)


def masked_documents(documents: pl.Series) -> pl.Series:
    """JSON documents with the same made unreadable, and still JSON: a mobile number becomes `10000000000`.

    A number that stands outside of quotes must stay a number, and the digits of a UUID are no phone.
    """
    return _where_suspect(documents, _masked_json)


def _masked_json(document: pl.Expr) -> pl.Expr:
    mobiles = document.str.replace_all(_MOBILE_IN_JSON, "${1}10000000000${2}")
    return (
        # Once more, since two numbers with one comma between them share it.
        mobiles.str.replace_all(_MOBILE_IN_JSON, "${1}10000000000${2}")
        .str.replace_all(_IDENTITY_CARD_IN_JSON, "${1}${2}000000000000${3}")
        .str.replace_all(_LANDLINE_IN_JSON, "${1}${2}****${3}")
        .str.replace_all(_FOREIGN, "${1}${2}***${3}")
        .str.replace_all(_MAIL, "***@***")
    )


def _where_suspect(texts: pl.Series, mask: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    places = texts.str.contains(_SUSPECT).arg_true()
    if places.is_empty():
        return texts
    hidden = texts.gather(places).to_frame().select(mask(pl.col(texts.name))).to_series()
    return texts.clone().scatter(places, hidden)
