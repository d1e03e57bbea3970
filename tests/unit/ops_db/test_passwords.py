"""Passwords and tokens."""

from __future__ import annotations

from ops_db.passwords import hash_password, is_password, new_token, token_hash


def test_a_password_fits_its_hash_and_no_other_does() -> None:
    kept = hash_password("开门 open 1")
    assert kept.startswith("$argon2id$")
    assert is_password("开门 open 1", kept)
    assert not is_password("开门 open 2", kept)


def test_an_account_without_a_password_lets_nobody_in() -> None:
    assert not is_password("", None)
    assert not is_password("anything", None)


def test_tokens_are_long_and_different_and_their_hash_does_not_show_them() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert min(map(len, tokens)) >= 22, "128 bits in base 64."
    token = tokens.pop()
    assert len(token_hash(token)) == 32
    assert token.encode() not in token_hash(token)
