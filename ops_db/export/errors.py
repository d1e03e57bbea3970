"""Why an export is not made or not taken in. Each message names the file or table, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError


class ExportError(Exception):
    """An export cannot be made or taken in as asked; nothing was left behind or changed."""

    code = "export_error"


class TargetTaken(ExportError):
    """There is something already where the export should be."""

    code = "export_target_taken"


class ExportInterrupted(ExportError):
    """The export could not be finished, for want of space for example."""

    code = "export_interrupted"


class SchemaNotNewest(ExportError):
    """The database was brought up by another version of Anju, so its columns are not those that are exported."""

    code = "schema_not_newest"


class ExportDamaged(ExportError):
    """A file of the export is missing, cut off or changed."""

    code = "export_damaged"


class ExportNotImportable(ExportError):
    """The export is whole, and still cannot be taken in: made by another version, or without personal data."""

    code = "export_not_importable"


class SystemNotEmpty(ExportError):
    """An export is only taken in by an installation that holds nothing yet."""

    code = "system_not_empty"


class AccountUnknown(ExportError):
    """The account that should get a password is not in the export."""

    code = "export_account_unknown"


@contextmanager
def told(doing: str, advice: str, *, also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn what the database raises, and `also` these, into a sentence; raises ExportInterrupted."""
    caught: tuple[type[Exception], ...] = (psycopg.Error, DBAPIError, *also)
    try:
        yield
    except caught as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        message = f"{doing} was interrupted: {reason}. {advice}"
        raise ExportInterrupted(message) from error
