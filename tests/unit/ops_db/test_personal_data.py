"""Names and numbers: one spelling, found without being readable, masked."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from ops_db.errors import InvalidInput
from ops_db.personal_data import PersonalData, looks_like_phone, masked_name, masked_phone, normalised_phone

KEYS = tuple(Fernet.generate_key().decode() for _ in range(2))
DATA = PersonalData(secret_key="a secret", encryption_keys=KEYS[:1])

mobile = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
spelling = st.sampled_from(["{}", "+86{}", "0086 {}", "86-{}", " {} ", "（{}）"])


@given(mobile, spelling)
def test_a_number_has_one_spelling_and_one_index_however_it_was_written(number: str, pattern: str) -> None:
    written = pattern.format(f"{number[:3]} {number[3:7]}-{number[7:]}")
    assert normalised_phone(written) == number
    assert DATA.phone_index(written) == DATA.phone_index(number)


@given(st.from_regex(r"[0-9]{5,15}", fullmatch=True))
def test_normalising_twice_changes_nothing(number: str) -> None:
    assert normalised_phone(normalised_phone(number)) == normalised_phone(number)


def test_full_width_digits_are_digits() -> None:
    assert normalised_phone("１３８００００１２３４") == "13800001234"


@pytest.mark.parametrize(
    "text", ["", "1234", "1" * 16, "138-0000-123x", "王芳", "++8613800001234", "²³⁴⁵⁶"[:0] + "abcde"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normalised_phone(text)


@given(mobile, mobile)
def test_two_numbers_have_two_indexes_and_none_shows_its_number(one: str, other: str) -> None:
    assert (DATA.phone_index(one) == DATA.phone_index(other)) == (one == other)
    assert one.encode() not in DATA.phone_index(one)


def test_another_installation_has_other_indexes() -> None:
    other = PersonalData(secret_key="another secret", encryption_keys=KEYS[:1])
    assert DATA.phone_index("13800001234") != other.phone_index("13800001234")


@given(st.text(max_size=50))
def test_what_was_encrypted_is_read_with_any_of_the_keys_and_with_no_other(text: str) -> None:
    ciphertext = DATA.encrypt(text)
    rotated = PersonalData(secret_key="a secret", encryption_keys=KEYS[::-1])
    assert rotated.decrypt(ciphertext) == text
    with pytest.raises(InvalidToken):
        PersonalData(secret_key="a secret", encryption_keys=KEYS[1:]).decrypt(ciphertext)


@pytest.mark.parametrize(
    ("number", "masked"), [("13800001234", "138****1234"), ("057188886666", "057****6666"), ("88886666", "8****66")]
)
def test_a_masked_number_shows_its_ends(number: str, masked: str) -> None:
    assert masked_phone(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("王芳", "王*"), ("欧阳娜娜", "欧***"), ("王", "王*"), ("Smith, John", "S***")]
)
def test_a_masked_name_shows_its_first_character(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize(
    ("typed", "is_phone"), [("138 0000 1234", True), ("+86-571-88886666", True), ("1802", False), ("HZ01-03", False)]
)
def test_a_search_for_digits_of_some_length_means_a_number(typed: str, is_phone: bool) -> None:
    assert looks_like_phone(typed) == is_phone
