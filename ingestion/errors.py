"""What can go wrong between a source and raw, as sentences with a stable code."""

from __future__ import annotations


class IngestionError(RuntimeError):
    """A source could not be read or landed; the message says what to do."""

    code = "ingestion_failed"


class NothingLandedError(IngestionError):
    """Raw holds no committed batch of this entity yet."""

    code = "nothing_landed"


class RowsUnaccountedError(IngestionError):
    """Some rows of the input are neither loaded nor in quarantine, so the batch must not be committed."""

    code = "rows_unaccounted"


class SuspiciousShrinkError(IngestionError):
    """A source that is read whole suddenly has far fewer rows than last time."""

    code = "suspicious_shrink"


class RawSchemaError(IngestionError):
    """Batches of one entity do not fit together."""

    code = "raw_schema_differs"


class SourceNotConfiguredError(IngestionError):
    """The setting that says where the source is found is empty."""

    code = "source_not_configured"


class SourceUnreachableError(IngestionError):
    """The source did not answer as agreed."""

    code = "source_unreachable"


class ContractError(IngestionError):
    """A contract or mapping file is not written as it must be."""

    code = "contract_invalid"


class FileHeldError(IngestionError):
    """A file as a whole cannot be taken: `code` says why, the message names what is wrong."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class TooManyBadRowsError(FileHeldError):
    """So many rows break the contract that the delivery is wrong, not its rows; says how many, by rule."""

    def __init__(self, message: str, *, rows_in: int, rejected_by_rule: dict[str, int], examples: list[str]) -> None:
        super().__init__(message, code="too_many_bad_rows")
        self.rows_in = rows_in
        self.rejected_by_rule = rejected_by_rule
        self.examples = tuple(examples)
