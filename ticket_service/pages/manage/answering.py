"""The answer to a form of the management pages: on to the next page, or the same page with what stood in the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from ops_db.errors import DomainError, NotFound, NotPermitted
from ticket_service.pages.reader import Reader
from ticket_service.pages.sentences import sentence_of
from ticket_service.problems import PROBLEMS


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a form was not taken: a sentence, the fields it is about, and what had been typed."""

    status: int = 200
    sentence: str = ""
    fields: tuple[str, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        """The sentence beside each field it is about."""
        return dict.fromkeys(self.fields, self.sentence)


NOTHING_REFUSED: Final = Refused()


async def taken(
    work: Callable[[], Awaitable[Response]],
    show: Callable[[Refused], Awaitable[Response]],
    *,
    connection: AsyncConnection,
    reader: Reader,
    typed: Mapping[str, str],
) -> Response:
    """What `work` answers, or the page again; a refusal undoes whatever the work did before it."""
    try:
        return await work()
    except (NotFound, NotPermitted):
        raise
    except DomainError as error:
        await connection.rollback()
        fields = error.values.get("fields")
        named = tuple(map(str, fields)) if isinstance(fields, tuple) else ()
        status = PROBLEMS[error.code][0].value
        return await show(Refused(status, sentence_of(error, reader.language), named, typed))
