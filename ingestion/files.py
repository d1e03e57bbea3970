"""A delivered file as text: which encoding, which delimiter, which lines; CSV, workbooks, Parquet and zipped CSV.

Every cell is read as text and keeps the number of its line, so that a refused row can be found in the file again.
A file that cannot be read without guessing is refused whole, never in part.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import fastexcel
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from ingestion.contracts import LINE, RULE
from ingestion.errors import FileHeldError

RAW_TEXT: Final = "_raw_text"
TOO_FEW_CELLS: Final = "row.too_few_cells"
TOO_MANY_CELLS: Final = "row.too_many_cells"

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = (",", ";", "\t", "|")
# A whole line whose non-ASCII bytes spell two or more Chinese characters in UTF-8; in true GB18030 next to impossible.
_UTF8_LINE: Final = re.compile(rb"(?m)^[\x00-\x7f]*(?:[\xe4-\xe9][\x80-\xbf]{2}[\x00-\x7f]*){2,}$")
_ERROR_CELL: Final = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"')
_LONGEST_RAW_TEXT: Final = 10_000
_WIDEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class TextTable:
    """One table of a file: its header, its rows as text with their line, and the lines that are no rows of it.

    `rows` has the columns `column_0` … and `_source_line`; `malformed` has `_source_line`, `_rule` and `_raw_text`.
    """

    header: tuple[str, ...]
    rows: pl.DataFrame
    malformed: pl.DataFrame
    encoding: str
    sheet: str | None = None
    source: bytes = b""
    delimiter: str = ","

    @property
    def row_count(self) -> int:
        """Every row that the file holds, well formed or not."""
        return self.rows.height + self.malformed.height

    @property
    def stops_within_a_row(self) -> bool:
        """Whether the last line is short and does not end: a file that is still being written, or was cut."""
        if not self.source or self.source.endswith(b"\n"):
            return False
        last_row = int(self.rows[LINE][-1]) if self.rows.height else 0
        short = self.malformed.filter((pl.col(LINE) > last_row) & (pl.col(RULE) == TOO_FEW_CELLS))
        return short.height > 0

    def named(self, positions: dict[str, int]) -> pl.DataFrame:
        """The rows with contract names, `positions` saying where each column stands."""
        return self.rows.select(LINE, *(pl.col(f"column_{place}").alias(name) for name, place in positions.items()))

    def raw_text(self, lines: pl.Series) -> pl.Series:
        """What the file says at these lines: the line itself, or the cells of a workbook's or Parquet file's row."""
        if self.source:
            return _raw_lines(self.source, lines, self.rows[LINE])
        wanted = self.rows.filter(pl.col(LINE).is_in(lines.implode())).sort(LINE)
        cells = pl.struct(pl.col(f"column_{place}").alias(name) for place, name in enumerate(_distinct(self.header)))
        return wanted.select(cells.struct.json_encode().str.slice(0, _LONGEST_RAW_TEXT)).to_series()


def read_tables(path: Path) -> list[TextTable]:
    """All tables of a file: one, or one a sheet; raises FileHeldError where the file cannot be read."""
    data = path.read_bytes()
    if not data:
        message = f"{path.name} is empty."
        raise FileHeldError(message, code="file_empty")
    match path.suffix.casefold():
        case ".xlsx" | ".xlsm" | ".xls":
            return _read_workbook(path.name, data)
        case ".parquet":
            return [_read_parquet(path.name, data)]
        case ".zip":
            return [read_delimited(path.name, _only_member(path.name, data))]
        case _:
            return [read_delimited(path.name, data)]


def read_delimited(name: str, data: bytes) -> TextTable:
    """A table of delimited text. Lines without any character are no rows; a line of another width is malformed."""
    encoding, text = _utf8(name, data)
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    body = text.lstrip(b"\n")
    header_line = body.split(b"\n", 1)[0]
    if b"\x00" in text or not header_line.strip():
        message = f"{name} is no delimited text."
        raise FileHeldError(message, code="file_unreadable")
    delimiter = max(_DELIMITERS, key=lambda character: header_line.count(character.encode()))
    table, ragged = _parse(name, body, delimiter)
    starts, blank = _first_lines(table, ragged, body)
    lines_above = len(text) - len(body)
    ragged = [(line + lines_above, rule, found) for line, rule, found in ragged]
    frame = pl.DataFrame(table).with_columns((starts + lines_above).alias(LINE)).filter(~blank)
    _refuse_open_quote(name, text, frame, ragged)
    header, *_ = frame.head(1).drop(LINE).rows() or [()]
    malformed = pl.DataFrame(ragged, schema=_MALFORMED, orient="row").with_columns(
        pl.col(RAW_TEXT).str.slice(0, _LONGEST_RAW_TEXT)
    )
    return TextTable(tuple(header), frame.slice(1), malformed, encoding, source=text, delimiter=delimiter)


_MALFORMED: Final = pl.Schema({LINE: pl.Int64(), RULE: pl.String(), RAW_TEXT: pl.String()})


def _utf8(name: str, data: bytes) -> tuple[str, bytes]:
    """The encoding of the data, and the data in UTF-8 without a byte order mark.

    UTF-8 is tried first: most UTF-8 Chinese also decodes as GB18030, into nonsense, while the reverse hardly happens.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, _decoded(name, data, "utf-8-sig" if encoding == "utf-8" else encoding).encode()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        mixed = _UTF8_LINE.search(data)
        if mixed:
            line = data.count(b"\n", 0, mixed.start()) + 1
            message = f"{name} mixes encodings: line {line} is UTF-8, other lines are not. Save it in one encoding."
            raise FileHeldError(message, code="encoding_mixed") from None
        return "gb18030", _decoded(name, data, "gb18030").encode()
    return "utf-8", data


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{name} is neither UTF-8 nor GB18030: line {line} cannot be decoded. Save it as UTF-8."
        raise FileHeldError(message, code="encoding_unknown") from error


def _parse(name: str, text: bytes, delimiter: str) -> tuple[pa.Table, list[tuple[int, str, str]]]:
    ragged: list[tuple[int, str, str]] = []

    def keep(row: Any) -> str:
        rule = TOO_FEW_CELLS if row.actual_columns < row.expected_columns else TOO_MANY_CELLS
        ragged.append((row.number, rule, row.text))
        return "skip"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text),
            # One thread, since only then the parser knows the number of a row that it refuses; one block for the same.
            read_options=pa_csv.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=max(len(text), 1)
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={f"f{place}": pa.large_string() for place in range(_WIDEST)},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        message = f"{name} cannot be read as delimited text: {error}"
        raise FileHeldError(message, code="file_unreadable") from error
    return table.rename_columns([f"column_{place}" for place in range(table.num_columns)]), ragged


def _first_lines(table: pa.Table, ragged: list[tuple[int, str, str]], text: bytes) -> tuple[pl.Series, pl.Series]:
    """The line on which each parsed row begins, and whether that row is a blank line; puts lines into `ragged` too.

    The parser counts rows; a cell with line breaks makes its row longer than a line.
    """
    frame = pl.DataFrame(table)
    count = frame.height + len(ragged)
    refused = np.array([number - 1 for number, _, _ in ragged], dtype=np.int64)
    is_parsed = np.ones(count, dtype=bool)
    is_parsed[refused] = False
    heights = np.ones(count, dtype=np.int64)
    if b'"' in text:
        breaks = frame.select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))).to_series()
        heights[is_parsed] += breaks.to_numpy()
        heights[refused] += np.array([found.count("\n") for _, _, found in ragged], dtype=np.int64)
    starts = np.cumsum(heights) - heights + 1
    ragged[:] = [(int(starts[number - 1]), rule, found) for number, rule, found in ragged]
    blank = frame.select(pl.all_horizontal(pl.all() == "")).to_series()
    if blank.any():
        # A line of delimiters alone parses into empty cells as well, and it is a row.
        offsets = _line_offsets(text)
        places = starts[is_parsed] - 1
        empty = offsets[places + 1] - offsets[places] <= 1
        blank &= pl.Series(empty)
    return pl.Series(starts[is_parsed], dtype=pl.Int64), blank


def _line_offsets(text: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n")) + 1
    return np.concatenate(([0], ends, [len(text)])).astype(np.int64)


def _raw_lines(text: bytes, lines: pl.Series, starts: pl.Series) -> pl.Series:
    """The text of the rows that begin on these lines, each up to where the next one begins."""
    offsets = _line_offsets(text)
    begins = lines.to_numpy() - 1
    following = np.searchsorted(starts.to_numpy(), lines.to_numpy(), side="right")
    next_starts = np.append(starts.to_numpy(), len(offsets))[following]
    # A malformed line may lie between two rows, and only rows with line breaks are longer than one line.
    ends = np.minimum(next_starts - 1, len(offsets) - 1)
    pieces = [
        _one_row(text[offsets[begin] : offsets[end]]) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    return pl.Series(pieces, dtype=pl.String)


def _one_row(piece: bytes) -> str:
    lines = piece.decode().rstrip("\n").split("\n")
    used = 1
    while used < len(lines) and "\n".join(lines[:used]).count('"') % 2:
        used += 1
    return "\n".join(lines[:used])[:_LONGEST_RAW_TEXT]


def _refuse_open_quote(name: str, text: bytes, frame: pl.DataFrame, ragged: Sequence[tuple[int, str, str]]) -> None:
    """A quote that never closes swallows the rest of the file into one row, so the file is refused."""
    if text.count(b'"') % 2 == 0:
        return
    last_parsed = int(frame[LINE][-1]) if frame.height else 0
    line = max(last_parsed, max((line for line, _, _ in ragged), default=0))
    rest = text[_line_offsets(text)[line - 1] :]
    if rest.count(b'"') % 2:
        message = (
            f"{name} opens a quote on line {line} that never closes. The file was cut, or the quote is a typing error."
        )
        raise FileHeldError(message, code="quote_not_closed")


def ends_within_a_row(path: Path) -> bool:
    """Whether delimited text stops in the middle of its last row, as a file does that is still being written.

    Workbooks, Parquet and zip files carry their table of contents at the end: they are cut if it is missing.
    """
    try:
        tables = read_tables(path)
    except FileHeldError as error:
        return error.code in ("file_unreadable", "quote_not_closed", "file_empty")
    return tables[0].stops_within_a_row


def _read_workbook(name: str, data: bytes) -> list[TextTable]:
    try:
        workbook = fastexcel.read_excel(data)
        sheets = [(sheet, _sheet_frame(workbook, sheet)) for sheet in workbook.sheet_names]
    except fastexcel.FastExcelError as error:
        message = f"{name} cannot be opened as a workbook: {str(error).splitlines()[0]}. Was it cut?"
        raise FileHeldError(message, code="file_unreadable") from error
    _refuse_error_cells(name, data)
    return [_sheet_table(sheet, frame) for sheet, frame in sheets if frame.height]


def _sheet_frame(workbook: fastexcel.ExcelReader, sheet: str) -> pl.DataFrame:
    # Keeping the empty rows at the top keeps the numbers of the rows as the workbook shows them.
    frame = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    frame.columns = [f"column_{place}" for place in range(frame.width)]
    return frame.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64)) if frame.width else frame


def _sheet_table(sheet: str, frame: pl.DataFrame) -> TextTable:
    cells = frame.select(pl.exclude(LINE))
    filled = frame.filter(~cells.select(pl.all_horizontal(pl.all().is_null())).to_series())
    named = [place for place in range(cells.width) if filled[f"column_{place}"].is_not_null().any()]
    filled = filled.select(LINE, *(pl.col(f"column_{place}") for place in named))
    filled.columns = [LINE, *(f"column_{place}" for place in range(len(named)))]
    header = tuple(text or "" for text in filled.drop(LINE).row(0))
    return TextTable(header, filled.slice(1), pl.DataFrame(schema=_MALFORMED), "xlsx", sheet=sheet)


def _refuse_error_cells(name: str, data: bytes) -> None:
    """A cell that shows `#N/A` would be read as empty, so the workbook is refused."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            found = _ERROR_CELL.search(archive.read(member)) if member.startswith("xl/worksheets/") else None
            if found:
                message = f"{name} has a cell {found[1].decode()} that shows an error instead of a value. Correct it."
                raise FileHeldError(message, code="error_in_a_cell")


def _read_parquet(name: str, data: bytes) -> TextTable:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"{name} cannot be read as Parquet: {error}. Was it cut?"
        raise FileHeldError(message, code="file_unreadable") from error
    nested = [column for column, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        message = f"{name} has columns that are no plain values: {', '.join(nested)}."
        raise FileHeldError(message, code="file_unreadable")
    header = tuple(frame.columns)
    rows = frame.select(pl.all().cast(pl.String))
    rows.columns = [f"column_{place}" for place in range(len(header))]
    rows = rows.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    return TextTable(header, rows, pl.DataFrame(schema=_MALFORMED), "parquet")


def _only_member(name: str, data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.namelist() if not member.endswith("/")]
            if len(members) == 1:
                return archive.read(members[0])
    except zipfile.BadZipFile as error:
        message = f"{name} cannot be opened as a zip file: {error}. Was it cut?"
        raise FileHeldError(message, code="file_unreadable") from error
    message = f"{name} holds {len(members)} files. Send one file in one zip."
    raise FileHeldError(message, code="zip_of_several")


def _distinct(header: Sequence[str]) -> list[str]:
    """Header texts as names of fields, told apart where two are the same."""
    return [text if header.index(text) == place else f"{text} ({place + 1})" for place, text in enumerate(header)]
