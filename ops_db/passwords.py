"""Passwords, hashed with Argon2id, and random tokens, kept as SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_TOKEN_BYTES = 16

_hasher = PasswordHash((Argon2Hasher(),))


def hash_password(password: str) -> str:
    """The Argon2id hash with its own salt and parameters; takes some 50 ms on purpose."""
    return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether `password` fits; an account without a hash takes as long as one with, so that nobody learns which is."""
    fits = _hasher.verify(password, password_hash or _hash_of_nobody())
    return fits and password_hash is not None


@cache
def _hash_of_nobody() -> str:
    return hash_password(secrets.token_urlsafe())


def new_token() -> str:
    """128 random bits, fit for an address or a cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a token. Its bits are random, so one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()
