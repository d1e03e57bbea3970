"""Dropped files: nothing is lost, nothing becomes null in silence, each refused row is found again by its reason."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from core.settings import Settings
from ingestion import dropped_files, erp, inbox, landing, quarantine
from ingestion.contracts import Contract, contract_named
from ingestion.dropped_files import FileFeed, land_files
from ingestion.errors import RowsUnaccountedError
from ingestion.reports import LandingReport

HEADER = "仓库编码,物料编码,物料名称,数量,单位,日期"
GOOD = "W01,M-WP-001,防水涂料,12.5,桶,2026-01-05"


def drop(settings: Settings, name: str, data: bytes | str, *, marker: object = "", age_minutes: float = 0) -> Path:
    """Put a file into the ERP's inbox as an outside system does; `marker=None` leaves the marker out."""
    folder = inbox.folder_of(settings, "erp")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    written_at = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=age_minutes)).timestamp()
    os.utime(path, (written_at, written_at))
    if marker is not None:
        path.with_name(f"{name}.done").write_text(marker if isinstance(marker, str) else json.dumps(marker))
    return path


def land(settings: Settings, *files: Path) -> LandingReport:
    return erp.land(settings, files=files or None, now=dt.datetime.now(dt.UTC))


def stock(settings: Settings) -> pl.DataFrame:
    return landing.scan(settings.raw, "erp__stock").collect()


def refused(settings: Settings) -> pl.DataFrame:
    return quarantine.rows(settings.quarantine, settings.raw, "erp__stock")


def test_a_gbk_file_lands_typed_and_is_kept(settings: Settings) -> None:
    path = drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n".encode("gb18030"))
    report = land(settings)
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined, report.held) == (1, 1, 0, [])
    assert stock(settings).drop("_batch_id", "_loaded_at", "_timezone").rows(named=True) == [
        {
            "warehouse_code": "W01",
            "material_code": "M-WP-001",
            "material_name": "防水涂料",
            "quantity": 12.5,
            "unit_name": "桶",
            "as_of_date": dt.date(2026, 1, 5),
            "_source_file": "库存.csv",
            "_source_line": 2,
        }
    ]
    kept = inbox.folder_of(settings, "erp") / inbox.TAKEN / report.batches[0].source_files[0]
    assert kept.read_bytes().startswith("仓库".encode("gb18030"))
    assert not path.exists()
    assert not path.with_name("库存.csv.done").exists()


def test_the_same_file_again_under_another_name_changes_nothing(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n")
    land(settings)
    drop(settings, "copy of 库存.csv", f"{HEADER}\n{GOOD}\n")
    report = land(settings)
    assert report.batches == []
    assert report.unchanged == ["copy of 库存.csv was landed as erp__stock before."]
    assert stock(settings).height == 1


def test_a_corrected_file_is_a_later_batch_beside_the_old_one(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n")
    land(settings)
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD.replace('12.5', '99')}\n")
    land(settings)
    assert stock(settings).sort("_loaded_at")["quantity"].to_list() == [12.5, 99]


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (HEADER.replace(",数量", ""), "数量) is missing"),
        (HEADER.replace("数量", "数量合计"), "数量合计 is not in the contract"),
        (HEADER.replace("单位", "数量"), "数量) stands there twice"),
    ],
)
def test_a_file_with_wrong_columns_is_held_whole_and_the_last_good_data_stays(
    settings: Settings, header: str, named: str
) -> None:
    drop(settings, "monday.csv", f"{HEADER}\n{GOOD}\n")
    land(settings)
    drop(settings, "tuesday.csv", f"{header}\n{GOOD}\n" if "," in header else "")
    report = land(settings)
    assert [held.code for held in report.held] == ["header_not_as_agreed"]
    assert named in report.held[0].message
    assert stock(settings)["_source_file"].to_list() == ["monday.csv"]
    assert [held.name for held in quarantine.held_files(settings.quarantine, "erp")] == ["tuesday.csv"]


def test_an_extra_column_lands_with_a_message(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER},备注\n{GOOD},x\n")
    report = land(settings)
    assert report.rows_loaded == 1
    assert "备注" in report.messages[0]


def test_bad_rows_are_quarantined_with_file_line_text_and_rule(settings: Settings) -> None:
    bad = "W01,1.38E+10,防水涂料,12.5,桶,2026-01-05"
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n{bad}\nW01,M1\n{GOOD}\n".encode("gb18030"))
    report = land(settings)
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (4, 2, 2)
    found = refused(settings)
    assert found.drop("_seen_at").rows() == [
        ("库存.csv", 3, bad, "material_code.lost_digits", report.batches[0].batch_id),
        ("库存.csv", 4, "W01,M1", "row.too_few_cells", report.batches[0].batch_id),
    ]


def test_a_file_with_too_many_bad_rows_is_held_whole_and_counts_them_by_rule(settings: Settings) -> None:
    bad = [GOOD.replace("12.5", "many") for _ in range(30)]
    drop(settings, "库存.csv", "\n".join([HEADER, *[GOOD] * 970, *bad]))
    report = land(settings)
    assert report.batches == []
    assert report.held[0].code == "too_many_bad_rows"
    assert report.held[0].rejected_by_rule == {"quantity.not_a_number": 30}
    assert report.held[0].rows_in == 1000
    assert "line 972" in report.held[0].examples[0]


def test_a_file_of_which_every_row_is_bad_is_held_however_small(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD.replace('2026-01-05', 'gestern')}\n")
    assert [held.code for held in land(settings).held] == ["too_many_bad_rows"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", "说明\n\n".encode()])
def test_what_is_no_feed_at_all_is_held(settings: Settings, data: bytes) -> None:
    drop(settings, "note.csv", data)
    report = land(settings)
    assert len(report.held) == 1
    assert report.batches == []


def test_a_workbook_lands_each_sheet_as_its_entity_or_nothing_at_all(settings: Settings, tmp_path: Path) -> None:
    def book(price_header: str) -> bytes:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(path) as opened:
            day = opened.add_format({"num_format": "yyyy-mm-dd"})
            sheet = opened.add_worksheet("库存")
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, ["W01", "M1", "防水涂料", 12.5, "桶"])
            sheet.write_datetime(1, 5, dt.datetime(2026, 1, 5), day)  # noqa: DTZ001  A workbook knows no zones.
            sheet = opened.add_worksheet("价格")
            sheet.write_row(0, 0, ["物料编码", price_header, "生效日期"])
            sheet.write_row(1, 0, ["M1", 85.5, "2026-01-01"])
            opened.add_worksheet("说明").write(0, 0, "仅供参考")
        return path.read_bytes()

    drop(settings, "wrong.xlsx", book("单价2"))
    assert [held.code for held in land(settings).held] == ["header_not_as_agreed"]
    assert landing.entities(settings.raw) == []
    drop(settings, "right.xlsx", book("单价(元)"), marker={"rows": 2})
    report = land(settings)
    assert {batch.entity: batch.rows_loaded for batch in report.batches} == {"erp__stock": 1, "erp__price": 1}
    assert landing.scan(settings.raw, "erp__price").collect()["price_fen"].to_list() == [8550]
    assert "Sheet 说明" in report.messages[0]


def test_a_file_without_marker_waits_until_it_is_settled_and_whole(settings: Settings) -> None:
    drop(settings, "fresh.csv", f"{HEADER}\n{GOOD}\n", marker=None)
    drop(settings, "half.csv", f"{HEADER}\n{GOOD}\nW01,M-W", marker=None, age_minutes=5)
    drop(settings, "settled.csv", f"{HEADER}\n{GOOD}", marker=None, age_minutes=5)
    drop(settings, "growing.csv.part", "half", marker=None, age_minutes=90)
    report = land(settings)
    assert [batch.source_files[0][13:] for batch in report.batches] == ["settled.csv"]
    assert len(report.waiting) == 2
    assert report.held == []
    assert (inbox.folder_of(settings, "erp") / "half.csv").exists()


def test_a_half_written_file_is_held_after_half_an_hour_and_lands_once_it_is_whole(settings: Settings) -> None:
    drop(settings, "half.csv", f"{HEADER}\n{GOOD}\nW01,M-W", marker=None, age_minutes=31)
    report = land(settings)
    assert [held.code for held in report.held] == ["file_incomplete"]
    drop(settings, "half.csv", f"{HEADER}\n{GOOD}\nW01,M-WP-002,胶,1,桶,2026-01-05\n")
    assert land(settings).rows_loaded == 2


def test_no_cut_of_an_announced_file_is_ever_taken(settings: Settings) -> None:
    rows = [GOOD.replace("M-WP-001", f"M-{number}") for number in range(200)]
    whole = "\n".join([HEADER, *rows, ""]).encode()
    sent = {"sha256": inbox.hash_of(drop(settings, "库存.csv", whole)), "rows": 200}
    chance = random.Random(100)
    for cut in (chance.randrange(1, len(whole)) for _ in range(40)):
        drop(settings, "库存.csv", whole[:cut], marker=sent)
        report = land(settings)
        assert report.batches == []
        assert len(report.waiting) == 1
    drop(settings, "库存.csv", whole, marker=sent)
    assert land(settings).rows_loaded == 200


def test_a_file_with_fewer_rows_than_announced_is_held(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n", marker={"rows": 2})
    assert [held.code for held in land(settings).held] == ["rows_differ_from_announced"]


def test_a_run_killed_before_its_commit_leaves_the_file_to_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n{GOOD.replace('12.5', 'x')}\n")
    with monkeypatch.context() as patch:
        patch.setattr(landing.Batch, "commit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            land(settings)
    assert refused(settings).height == 0, "Rows of a batch that was never committed are not shown."
    assert land(settings).rows_in == 2
    assert refused(settings).height == 1


def test_a_row_that_the_reader_loses_stops_the_batch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    losing = FileFeed("erp", erp.file_feed(settings).contracts, {"erp__stock": lambda frame: frame.head(1)})
    monkeypatch.setattr(erp, "file_feed", lambda _: losing)
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n")
    with pytest.raises(RowsUnaccountedError):
        land(settings)
    assert landing.batches(settings.raw, "erp__stock") == []


def test_named_files_land_without_marker_and_stay_where_they_are(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "库存.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert land(settings, path).rows_loaded == 1
    assert path.exists()
    path.write_text(f"{HEADER}\n{GOOD}\nW01,M-", encoding="utf-8")
    assert [held.code for held in land(settings, path).held] == ["file_cut"]


def test_quarantined_rows_land_once_their_contract_is_corrected(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n仓一,M2,胶,1,桶,2026-01-05\n仓二,M3,胶,x,桶,2026-01-05\n")
    land(settings)
    assert refused(settings)["_rule"].to_list() == ["warehouse_code.not_as_agreed"] * 2
    feed = FileFeed("erp", (_widened(contract_named("erp__stock")),))
    report = dropped_files.retry(settings, feed, now=dt.datetime.now(dt.UTC))
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (2, 1, 1)
    assert sorted(stock(settings)["warehouse_code"]) == ["W01", "仓一"]
    assert refused(settings).select("_source_line", "_rule").rows() == [(4, "quantity.not_a_number")]
    assert dropped_files.retry(settings, feed, now=dt.datetime.now(dt.UTC)).batches == []


def _widened(contract: Contract) -> Contract:
    columns = contract.columns | {
        "warehouse_code": contract.columns["warehouse_code"].model_copy(update={"pattern": None})
    }
    return contract.model_copy(update={"columns": columns, "version": contract.version + 1})


def test_a_held_file_lands_once_its_contract_is_corrected(settings: Settings) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n仓一,M2,胶,1,桶,2026-01-05\n")
    assert len(land(settings).held) == 1
    feed = FileFeed("erp", (_widened(contract_named("erp__stock")),))
    assert dropped_files.retry(settings, feed, now=dt.datetime.now(dt.UTC)).rows_loaded == 1
    assert quarantine.held_files(settings.quarantine) == []


DEFECTS = {
    "warehouse_code.missing": ",M-{n},料,1,桶,2026-01-05",
    "warehouse_code.not_as_agreed": "仓,M-{n},料,1,桶,2026-01-05",
    "material_code.missing": "W01,,料,1,桶,2026-01-05",
    "material_code.lost_digits": "W01,1.{n}E+10,料,1,桶,2026-01-05",
    "material_code.turned_into_a_date": "W01,3月12日,料{n},1,桶,2026-01-05",
    "material_name.missing": "W01,M-{n},,1,桶,2026-01-05",
    "material_name.line_break": 'W01,M-{n},"料\n桶",1,桶,2026-01-05',
    "quantity.not_a_number": "W01,M-{n},料,一,桶,2026-01-05",
    "quantity.missing": "W01,M-{n},料,,桶,2026-01-05",
    "as_of_date.not_a_date": "W01,M-{n},料,1,桶,2026-02-31",
    "row.too_few_cells": "W01,M-{n}",
    "row.too_many_cells": "W01,M-{n},料,1,桶,2026-01-05,多",
}


def test_ten_thousand_bad_rows_of_twelve_kinds_in_a_million_are_all_found_again_by_reason(settings: Settings) -> None:
    count, bad_count = 1_000_000, 10_000
    chance = random.Random(10_000)
    kinds = list(DEFECTS)
    bad = {place: kinds[turn % len(kinds)] for turn, place in enumerate(chance.sample(range(count), bad_count))}
    lines, expected, line = [HEADER], {}, 2
    for number in range(count):
        kind = bad.get(number)
        text = (
            DEFECTS[kind].replace("{n}", str(number))
            if kind
            else f"W{number % 50:02d},M-{number},料,{number}.5,桶,2026-01-05"
        )
        if kind:
            expected[line] = (kind, text)
        lines.append(text)
        line += 1 + text.count("\n")
    drop(settings, "库存.csv", "\n".join(lines) + "\n", marker={"rows": count})
    report = land(settings)
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (count, count - bad_count, bad_count)
    found = refused(settings)
    assert {row[0]: row[1:] for row in found.select("_source_line", "_rule", "_raw_text").iter_rows()} == expected
    landed = stock(settings)
    assert landed.drop("_timezone").null_count().sum_horizontal().item() == 0
    assert landed["quantity"].sum() == sum(number + 0.5 for number in range(count) if number not in bad)


def test_progress_is_told(settings: Settings, now: dt.datetime) -> None:
    drop(settings, "库存.csv", f"{HEADER}\n{GOOD}\n")
    told: list[tuple[str, int]] = []
    land_files(settings, erp.file_feed(settings), now=now, progress=lambda *what: told.append(what))
    assert told == [("库存.csv", 1)]
