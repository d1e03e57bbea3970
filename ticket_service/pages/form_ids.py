"""Ids that a form of ours sends back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ops_db.errors import InvalidInput


def id_in(typed: Mapping[str, str], name: str) -> UUID | None:
    """The id in a field, None where it is empty; raises InvalidInput for what no form of ours sends."""
    text = typed.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from error


def needed_id(typed: Mapping[str, str], name: str) -> UUID:
    """The same where a form of ours always sends one."""
    id = id_in(typed, name)
    if id is None:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
    return id
