"""The page that describes the API, in the reader's language."""

from __future__ import annotations

from ticket_service.api.description import TAGS
from ticket_service.pages.api_reference import SUBJECTS


def test_every_subject_of_the_description_has_a_title_on_the_page() -> None:
    assert set(SUBJECTS) == set(TAGS)
