"""Personal data on its way into raw: keyed pseudonyms for fields, masks for what people write in free text.

A pseudonym is the same for the same person everywhere in one installation, so calls and customers can be joined, and
cannot be turned back without the installation's key (a plain hash of a phone number can be guessed in seconds).
"""

from __future__ import annotations

import hmac
from typing import Final, Literal

import polars as pl

from core.settings import Settings

PersonalKind = Literal["name", "phone", "key"]

_PURPOSE: Final = b"anju ingestion pseudonym v1"
_HEX_LENGTH: Final = 32

# Rust's \d takes full-width digits too. A leading non-digit stands for the look-behind that the engine does not have.
_IDENTITY_CARD: Final = r"(^|\D)(\d{4})\d{10}(\d{3}[\dXx])"
_MOBILE: Final = r"(^|\D)((?:\+?86[- ]?)?[1１][3-9３-９]\d)[- ]?\d{4}[- ]?(\d{4})"
_LANDLINE: Final = r"(^|\D)([0０]\d{2,3}[- ]?)\d{3,4}(\d{4})"
_FOREIGN: Final = r"(^|\D)(\(?\d{3}\)?[-. ])\d{3}([-. ]\d{4})"
_MAIL: Final = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"


class Pseudonyms:
    """Makes pseudonyms with one installation's key."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.secrets.secret_key.get_secret_value().encode()
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def of(self, kind: PersonalKind, value: str) -> str:
        """The pseudonym of one value: 32 hexadecimal characters."""
        message = f"{kind}:{value}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:_HEX_LENGTH]

    def of_column(self, kind: PersonalKind, values: pl.Series) -> pl.Series:
        """The pseudonyms of a text column; null stays null. Each distinct value is hashed once."""
        distinct = values.drop_nulls().unique()
        hashed = pl.Series([self.of(kind, value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, hashed, default=None, return_dtype=pl.String)


def normal_phone(text: pl.Expr) -> pl.Expr:
    """A phone number in plain characters as digits alone, without China's country code: one spelling for one number."""
    digits = text.str.replace(r"\.0+$", "").str.replace_all(r"[\s()./-]", "")
    return digits.str.replace(r"^(?:\+|00)?86(1[3-9]\d{9})$", "$1")


def masked(text: pl.Expr) -> pl.Expr:
    """Free text with phone numbers as `138****1234`, identity cards and mail addresses made unreadable."""
    return (
        text.str.replace_all(_IDENTITY_CARD, "${1}${2}**********${3}")
        .str.replace_all(_MOBILE, "${1}${2}****${3}")
        .str.replace_all(_LANDLINE, "${1}${2}****${3}")
        .str.replace_all(_FOREIGN, "${1}${2}***${3}")
        .str.replace_all(_MAIL, "***@***")
    )
