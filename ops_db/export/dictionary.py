"""The dictionary of an export: what every file holds, how it is known again, and what stayed behind, as one document.

It is sealed with a hash over itself, so that a dictionary that was cut off or changed is noticed as any other file is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table

from ops_db.export import contents, meanings
from ops_db.export.columns import ExportedColumn, LeftOut
from ops_db.export.contents import Reason
from ops_db.export.errors import ExportDamaged, ExportNotImportable
from ops_db.export.writing import WrittenFile

FILE: Final = "dictionary.json"
PAGE: Final = "dictionary.html"
FORMAT: Final = 1
PRODUCT: Final = "Anju 安居"

NOTES: Final[dict[str, Reason]] = {
    "csv": Reason(
        'CSV is UTF-8 with a header. An empty field is null, "" is an empty text. Nothing is escaped for spreadsheets,'
        " since an export has to be lossless: a text that begins with = + - or @ is what somebody typed. Import it as"
        " text before you open it in a spreadsheet.",
        'CSV 为带表头的 UTF-8。空字段为 null，"" 为空文本。为保证无损，未对电子表格公式做转义：以 = + - @ 开头的文本'
        "是用户原样输入的，用电子表格打开前请按文本导入。",
    ),
    "time": Reason(
        "Times are instants in UTC; dates and minutes of a day are local to the project's time zone.",
        "时间均为 UTC 时刻；日期与一天内的分钟数按项目所在时区。",
    ),
    "money": Reason("Money is whole fen, 1/100 CNY.", "金额为整数，单位为分。"),
    "snapshot": Reason(
        "All tables of ops/ are of one moment. Marts and measures are those last published, with their own moment.",
        "ops/ 中所有表取自同一时刻；集市与指标为最近一次发布的结果，有各自的时刻。",
    ),
}


def table_entry(
    table: Table,
    docstring: str,
    columns: list[ExportedColumn],
    left_out: list[LeftOut],
    *,
    rows: int,
    files: Iterable[WrittenFile],
) -> dict[str, Any]:
    """What the dictionary says of one table of the operational store."""
    return {
        "name": table.name,
        "meaning": meanings.of_table(table.name, docstring)._asdict(),
        "row_count": rows,
        "files": [file_entry(file) for file in files],
        "primary_key": [column.name for column in table.primary_key.columns],
        "foreign_keys": [
            {
                "columns": [column.name for column in key.columns],
                "references": f"{key.referred_table.name}",
                "referenced_columns": [element.column.name for element in key.elements],
            }
            for key in sorted(table.foreign_key_constraints, key=lambda one: str(one.name))
        ],
        "columns": [_column_entry(column) for column in columns],
        "left_out": [{"name": one.name, "reason": one.reason._asdict()} for one in left_out],
    }


def _column_entry(column: ExportedColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.kind,
        "unit": column.unit,
        "is_nullable": column.is_nullable,
        "meaning": column.meaning._asdict(),
        "comment": column.comment,
        "references": column.references,
        "was_encrypted": column.is_sealed,
    }


def left_out_tables() -> list[dict[str, Any]]:
    """What the dictionary says of tables and places that stay behind."""
    named = contents.LEFT_OUT_TABLES | contents.ELSEWHERE
    return [{"name": name, "reason": reason._asdict()} for name, reason in named.items()]


def file_entry(file: WrittenFile) -> dict[str, Any]:
    """A file as the dictionary names it."""
    return {"path": file.path, "bytes": file.byte_count, "sha256": file.sha256}


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its seal."""
    return document | {"seal": _seal(document)}


def _seal(document: dict[str, Any]) -> str:
    unsealed = {name: value for name, value in document.items() if name != "seal"}
    canonical = json.dumps(unsealed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def as_text(document: dict[str, Any]) -> str:
    """The document as it is written."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read(folder: Path) -> dict[str, Any]:
    """The dictionary of the export in `folder`; raises ExportDamaged or ExportNotImportable."""
    path = folder / FILE
    if not path.is_file():
        message = f"{path} is missing, so {folder} is no export, or one that was not finished. Name a whole one."
        raise ExportDamaged(message)
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_whole = document["product"] == PRODUCT and document["seal"] == _seal(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} cannot be read: it was cut off or changed. Copy the export again."
        raise ExportDamaged(message) from error
    if not is_whole:
        message = f"{path} was changed after it was written. Copy the export again."
        raise ExportDamaged(message)
    if document["format"] != FORMAT:
        message = (
            f"{path} has format {document['format']}, and this version of Anju reads {FORMAT}. Use another version."
        )
        raise ExportNotImportable(message)
    return document


def all_files(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every file the dictionary vouches for."""
    tables = [*document["tables"], *(document["marts"] or {}).get("tables", ()), *document["measures"]]
    return [file for table in tables for file in table["files"]] + [
        *document["feeds"]["files"],
        *document["anchors"],
    ]
