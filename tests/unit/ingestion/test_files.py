"""Files: the right encoding or none, every line accounted for, every row found again by its line."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contracts import LINE
from ingestion.errors import FileHeldError
from ingestion.files import RAW_TEXT, ends_within_a_row, read_delimited, read_tables

HANZI = "防水涂料卫生间漏水渗电梯门窗墙面空鼓开裂杭州宁波合肥项目业主维修"


def texts(data: bytes) -> list[tuple[object, ...]]:
    return read_delimited("file.csv", data).rows.drop(LINE).rows()


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_each_agreed_encoding_is_recognised(encoding: str, found: str) -> None:
    table = read_delimited("file.csv", "物料编码,名称\nM1,防水涂料\n".encode(encoding))
    assert table.encoding == found
    assert table.header == ("物料编码", "名称")
    assert table.rows.drop(LINE).rows() == [("M1", "防水涂料")]


def test_no_generated_file_of_any_encoding_is_misread() -> None:
    chance = random.Random(20260105)
    for _ in range(60):
        rows = [(f"M{line}", "".join(chance.choices(HANZI, k=chance.randint(1, 8)))) for line in range(20)]
        text = "code,name\n" + "".join(f"{code},{name}\n" for code, name in rows)
        encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030"])
        assert texts(text.encode(encoding)) == rows


def test_a_file_of_mixed_encodings_is_held_and_names_the_line() -> None:
    data = b"code,name\n" + "M1,防水涂料\n".encode("gb18030") + "M2,卫生间\n".encode() + b"M3,x\n"
    with pytest.raises(FileHeldError, match="line 3 is UTF-8") as held:
        read_delimited("file.csv", data)
    assert held.value.code == "encoding_mixed"


def test_bytes_of_no_agreed_encoding_are_held_and_name_the_line() -> None:
    with pytest.raises(FileHeldError, match="line 2 cannot be decoded") as held:
        read_delimited("file.csv", b"code,name\nM1,\xff\xff\n")
    assert held.value.code == "encoding_unknown"


def test_rows_of_another_width_are_kept_apart_with_line_and_text() -> None:
    table = read_delimited("file.csv", b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert table.rows.drop(LINE).rows() == [("1", "2", "3"), ("10", "11", "12")]
    assert table.malformed.rows() == [(3, "row.too_few_cells", "4,5"), (4, "row.too_many_cells", "6,7,8,9")]
    assert table.row_count == 4


def test_lines_are_counted_through_blank_lines_line_breaks_and_carriage_returns() -> None:
    data = b'\n\na,b\r\n1,2\r\n\r\n"x\r\ny",3\r\n4\r\n5,6\r\n,\r\n'
    table = read_delimited("file.csv", data)
    assert table.header == ("a", "b")
    assert table.rows.rows() == [("1", "2", 4), ("x\ny", "3", 6), ("5", "6", 9), ("", "", 10)]
    assert table.malformed[LINE].to_list() == [8]
    assert table.raw_text(pl.Series([4, 6, 9])).to_list() == ["1,2", '"x\ny",3', "5,6"]


def test_old_line_ends_of_carriage_return_alone_are_read() -> None:
    assert texts(b"a,b\r1,2\r3,4") == [("1", "2"), ("3", "4")]


def test_a_quote_that_never_closes_holds_the_file() -> None:
    with pytest.raises(FileHeldError, match="quote on line 3 that never closes"):
        read_delimited("file.csv", b'a,b\n1,2\n"3,4\n5,6\n')


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_the_header_uses(delimiter: str) -> None:
    assert texts(f"a{delimiter}b\n1{delimiter}2.5\n".encode()) == [("1", "2.5")]


cell = st.text(st.sampled_from(["a", "1", ",", '"', "\n", " ", "水", ";"]), max_size=6)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_what_is_written_as_csv_comes_back_with_the_line_it_began_on(rows: list[tuple[str, str]]) -> None:
    quoted = [",".join('"' + text.replace('"', '""') + '"' for text in row) for row in rows]
    table = read_delimited("file.csv", ("a,b\n" + "".join(line + "\n" for line in quoted)).encode())
    assert table.rows.drop(LINE).rows() == rows
    line = 2
    for found, text in zip(table.rows[LINE], quoted, strict=True):
        assert found == line
        line += 1 + text.count("\n")
    assert table.raw_text(table.rows[LINE]).to_list() == quoted


def workbook(path: Path, cells: Mapping[str, Sequence[Sequence[object]]], *, error: bool = False) -> Path:
    with xlsxwriter.Workbook(path) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in cells.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write(place, column, value, date if hasattr(value, "year") else None)
            if error:
                sheet.write_formula(9, 1, "=1/0", None, "#DIV/0!")
    return path


def test_a_workbook_gives_a_table_a_sheet_with_the_rows_numbered_as_it_shows_them(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        ["编码", "数量", "日期"],
        ["M1", 12.5, dt.date(2026, 1, 5)],
        [],
        ["M2", 3, None],
    ]
    found = read_tables(workbook(tmp_path / "book.xlsx", {"库存": rows, "空": []}))
    assert [table.sheet for table in found] == ["库存"]
    assert found[0].header == ("编码", "数量", "日期")
    assert found[0].rows.select(LINE, "column_0", "column_1", "column_2").rows() == [
        (3, "M1", "12.5", "2026-01-05 00:00:00"),
        (5, "M2", "3", None),
    ]
    assert found[0].raw_text(pl.Series([5])).to_list() == ['{"编码":"M2","数量":"3","日期":null}']


def test_a_workbook_with_an_error_in_a_cell_is_held_and_names_the_cell(tmp_path: Path) -> None:
    with pytest.raises(FileHeldError, match="cell B10"):
        read_tables(workbook(tmp_path / "book.xlsx", {"库存": [["编码", "数量"], ["M1", 1]]}, error=True))


def test_half_of_any_container_is_refused_at_every_cut(tmp_path: Path) -> None:
    book = workbook(tmp_path / "book.xlsx", {"库存": [["编码", "数量"]] + [[f"M{n}", n] for n in range(50)]})
    parquet = tmp_path / "file.parquet"
    pl.DataFrame({"a": range(1000)}).write_parquet(parquet)
    archive = tmp_path / "file.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("file.csv", "a,b\n1,2\n")
    chance = random.Random(7)
    for path in (book, parquet, archive):
        whole = path.read_bytes()
        for _ in range(20):
            path.write_bytes(whole[: chance.randrange(1, len(whole))])
            assert ends_within_a_row(path)


def test_half_a_row_at_the_end_of_text_is_noticed_and_a_missing_line_end_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n4,5")
    assert ends_within_a_row(path)
    path.write_bytes(b"a,b,c\n1,2,3\n4,5,6")
    assert not ends_within_a_row(path)
    path.write_bytes(b"a,b,c\n1,2\n4,5,6\n")
    assert not ends_within_a_row(path)


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("a.csv", "a,b\n1,2\n")
        opened.writestr("b.csv", "a,b\n1,2\n")
    path = tmp_path / "file.zip"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(FileHeldError, match="holds 2 files"):
        read_tables(path)


def test_malformed_text_is_kept_in_the_shape_of_quarantine() -> None:
    assert read_delimited("file.csv", b"a,b\n1,2\n").malformed.columns == [LINE, "_rule", RAW_TEXT]
