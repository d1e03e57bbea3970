"""The words of a notice: how long something has waited is said in hours, as a person would."""

import pytest

from ops_db.notices.composing import length_in_words


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (0, "0 分钟", "0 minutes"),
        (1, "1 分钟", "1 minute"),
        (60, "1 小时", "1 hour"),
        (150, "2 小时 30 分钟", "2 hours 30 minutes"),
        (1440, "24 小时", "24 hours"),
    ],
)
def test_a_length_is_said_in_hours_and_minutes(minutes: int, zh: str, en: str) -> None:
    said = length_in_words(minutes)
    assert (said.zh, said.en) == (zh, en)
