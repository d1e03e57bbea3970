"""Names and telephone numbers of owners: encrypted at rest, found by a blind index, masked on the way out."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import cache

from cryptography.fernet import Fernet, MultiFernet

from core.settings import Settings
from ops_db.errors import InvalidInput

_SHORTEST_PHONE, _LONGEST_PHONE = 5, 15
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
CALLABLE_PHONE = r"^(?:(?:\+86|0086|86)?1[3-9]\d{9}|0\d{9,11}|(?:\+|00)\d{7,15})$"
"""A number people in China can be called under, without its separators: mobile, landline with area code, foreign."""


class PersonalData:
    """Encrypts with the newest key and decrypts with all; indexes with a key derived from the secret key.

    The encryption keys may be rotated. A new secret key makes every index useless, so it comes with re-indexing.
    """

    def __init__(self, *, secret_key: str, encryption_keys: tuple[str, ...]) -> None:
        """Take the keys of the installation, encryption keys newest first."""
        self._cipher = MultiFernet([Fernet(key) for key in encryption_keys])
        self._index_key = hmac.digest(secret_key.encode(), b"anju phone index", "sha256")

    @classmethod
    def of(cls, settings: Settings) -> PersonalData:
        """The one of this installation."""
        return _of_keys(
            settings.secrets.secret_key.get_secret_value(),
            tuple(key.get_secret_value() for key in settings.secrets.encryption_keys),
        )

    def encrypt(self, text: str) -> bytes:
        """Ciphertext of `text`; the same text gives another ciphertext each time."""
        return self._cipher.encrypt(text.encode())

    def decrypt(self, ciphertext: bytes) -> str:
        """The text again; raises cryptography's InvalidToken when no key fits."""
        return self._cipher.decrypt(bytes(ciphertext)).decode()

    def phone_index(self, phone: str) -> bytes:
        """The keyed hash under which a number is found however it was written; raises InvalidInput."""
        return hmac.digest(self._index_key, normalised_phone(phone).encode(), hashlib.sha256)


@cache
def _of_keys(secret_key: str, encryption_keys: tuple[str, ...]) -> PersonalData:
    return PersonalData(secret_key=secret_key, encryption_keys=encryption_keys)


def is_callable_phone(phone: str) -> bool:
    """Whether somebody can be called back under this; what the pages ask of a number."""
    return re.fullmatch(CALLABLE_PHONE, _without_separators(phone)) is not None


def _without_separators(phone: str) -> str:
    return re.sub(r"[\s\-–—().·]", "", unicodedata.normalize("NFKC", phone))


def normalised_phone(phone: str) -> str:
    """One spelling of a number: digits only, no Chinese country code; raises InvalidInput for what is no number."""
    digits = _without_separators(phone)
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and _MOBILE.match(digits.removeprefix(prefix)):
            digits = digits.removeprefix(prefix)
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE):
        raise InvalidInput("This is no telephone number. Give the digits, for example 13800001234 or 0571-88886666.")
    return digits


def masked_phone(phone: str) -> str:
    """`138****1234`; shorter numbers show less."""
    shown = 4 if len(phone) >= len("13800001234") else 2
    head = phone[:3] if shown == 4 else phone[:1]
    return f"{head}****{phone[-shown:]}"


def masked_name(name: str) -> str:
    """The first character and stars: 王**, which is how Chinese forms hide a name."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3)


def looks_like_phone(text: str) -> bool:
    """Whether somebody who typed this into a search field means a telephone number."""
    digits = re.sub(r"[\s+\-–—().]", "", unicodedata.normalize("NFKC", text))
    return digits.isascii() and digits.isdigit() and 7 <= len(digits) <= _LONGEST_PHONE
