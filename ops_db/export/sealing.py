"""Ciphertext of one installation into text that any system can read, and back under the keys of another."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from cryptography.fernet import InvalidToken

from ops_db.export.columns import ExportedColumn
from ops_db.export.errors import ExportInterrupted
from ops_db.export.writing import Change
from ops_db.personal_data import PersonalData


def opening(columns: Sequence[ExportedColumn], personal_data: PersonalData) -> Change | None:
    """What opens the sealed columns of a table; None where it has none. Raises ExportInterrupted for a foreign key."""
    sealed = [column.name for column in columns if column.is_sealed]
    if not sealed:
        return None

    def opened(ciphertext: bytes | None) -> str | None:
        return None if ciphertext is None else personal_data.decrypt(ciphertext)

    def change(rows: pa.Table) -> pa.Table:
        try:
            for name in sealed:
                texts = pa.array([opened(one) for one in rows.column(name).to_pylist()], pa.string())
                rows = rows.set_column(rows.column_names.index(name), name, texts)
        except InvalidToken as error:
            message = (
                "The encryption keys do not open the personal data. Restore secrets.json or the keys set, or export"
                " with --without-personal-data."
            )
            raise ExportInterrupted(message) from error
        return rows

    return change


def sealed(texts: pa.ChunkedArray, personal_data: PersonalData) -> pa.Array:
    """Each text as ciphertext under the keys of this installation."""
    return pa.array([None if one is None else personal_data.encrypt(one) for one in texts.to_pylist()], pa.binary())
