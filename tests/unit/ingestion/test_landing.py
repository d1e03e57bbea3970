"""Raw: a batch is there whole or not at all, and its sums hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from ingestion import landing
from ingestion.errors import NothingLandedError, RawSchemaError, RowsUnaccountedError, SuspiciousShrinkError

ENTITY = "erp__price"
NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


def land(raw: Path, codes: list[str], *, minute: int = 0, sha: str = "a" * 64, **fields: object) -> landing.Manifest:
    now = NOW + dt.timedelta(minutes=minute)
    with landing.writing(raw, ENTITY, now=now, label=sha) as batch:
        batch.add_frame(pl.DataFrame({"material_code": codes}, schema={"material_code": pl.String}))
        settings = {"origin": "file", "content_sha256": sha, "contract_version": 1, "rows_in": len(codes)} | fields
        return batch.commit(**settings)  # type: ignore[arg-type]  # Settings of one test, by name.


def codes_in(raw: Path) -> list[str]:
    return landing.scan(raw, ENTITY).collect()["material_code"].to_list()


def test_a_committed_batch_is_found_with_its_rows_and_origin(tmp_path: Path) -> None:
    manifest = land(tmp_path, ["M1", "M2"], source_files=("price.csv",))
    assert landing.batches(tmp_path, ENTITY) == [manifest]
    frame = landing.scan(tmp_path, ENTITY).collect()
    assert frame["_batch_id"].unique().to_list() == [manifest.batch_id]
    assert frame["_loaded_at"].unique().to_list() == [NOW]
    assert frame.schema["_loaded_at"] == pl.Datetime("us", "UTC")


def test_a_batch_that_was_not_committed_leaves_nothing(tmp_path: Path) -> None:
    with landing.writing(tmp_path, ENTITY, now=NOW, label="x") as batch:
        batch.add_frame(pl.DataFrame({"material_code": ["M1"]}))
    assert landing.batches(tmp_path, ENTITY) == []
    with pytest.raises(NothingLandedError):
        landing.scan(tmp_path, ENTITY)
    assert list((tmp_path / ENTITY).iterdir()) == []


def test_what_a_killed_run_left_is_never_read_and_is_swept(tmp_path: Path) -> None:
    landing.Batch(tmp_path, ENTITY, "20260101T000000000000Z-dead", NOW).add_frame(
        pl.DataFrame({"material_code": ["M9"]})
    )
    assert landing.batches(tmp_path, ENTITY) == []
    landing.sweep(tmp_path, ENTITY)
    assert list((tmp_path / ENTITY).iterdir()) == []


def test_a_batch_that_lost_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RowsUnaccountedError, match="3 rows came in, 2 loaded"):
        land(tmp_path, ["M1", "M2"], rows_in=3)
    assert landing.batches(tmp_path, ENTITY) == []


def test_quarantined_and_repeated_rows_count_as_accounted_for(tmp_path: Path) -> None:
    manifest = land(tmp_path, ["M1", "M2"], rows_in=6, rows_quarantined=3, rows_repeated=1)
    assert manifest.rows_loaded == 2


def test_the_same_content_is_recognised(tmp_path: Path) -> None:
    land(tmp_path, ["M1"], sha="b" * 64)
    assert landing.was_landed(tmp_path, ENTITY, "b" * 64)
    assert not landing.was_landed(tmp_path, ENTITY, "c" * 64)


def test_a_full_batch_hides_earlier_ones_of_its_origin_only(tmp_path: Path) -> None:
    land(tmp_path, ["file"], minute=0)
    land(tmp_path, ["old"], minute=1, origin="database", replaces_earlier=True)
    land(tmp_path, ["new"], minute=2, origin="database", replaces_earlier=True)
    land(tmp_path, ["later"], minute=3, origin="database")
    assert codes_in(tmp_path) == ["file", "new", "later"]


def test_content_hidden_by_a_newer_full_batch_may_come_back(tmp_path: Path) -> None:
    land(tmp_path, ["M1"], minute=0, sha="b" * 64, replaces_earlier=True)
    land(tmp_path, ["M2"], minute=1, sha="c" * 64, replaces_earlier=True)
    assert not landing.was_landed(tmp_path, ENTITY, "b" * 64)


def test_a_full_read_that_shrinks_suddenly_is_refused(tmp_path: Path) -> None:
    previous = land(tmp_path, ["M1", "M2", "M3", "M4", "M5"])
    with pytest.raises(SuspiciousShrinkError, match="2 rows, after 5"):
        landing.refuse_suspicious_shrink(previous, 2, is_allowed=False)
    landing.refuse_suspicious_shrink(previous, 3, is_allowed=False)
    landing.refuse_suspicious_shrink(previous, 2, is_allowed=True)
    landing.refuse_suspicious_shrink(None, 0, is_allowed=False)


def land_columns(raw: Path, frame: pl.DataFrame, *, version: int, minute: int) -> None:
    with landing.writing(raw, ENTITY, now=NOW + dt.timedelta(minutes=minute), label="x") as batch:
        batch.add_frame(frame)
        batch.commit(origin="file", content_sha256="x", contract_version=version, rows_in=frame.height)


def test_a_column_of_a_newer_contract_is_null_in_older_batches(tmp_path: Path) -> None:
    land_columns(tmp_path, pl.DataFrame({"material_code": ["M1"]}), version=1, minute=0)
    land_columns(tmp_path, pl.DataFrame({"price_fen": [5], "material_code": ["M2"]}), version=2, minute=1)
    frame = landing.scan(tmp_path, ENTITY).sort("material_code").collect()
    assert frame["price_fen"].to_list() == [None, 5]


def test_a_column_that_goes_missing_within_one_contract_is_an_error_not_a_null(tmp_path: Path) -> None:
    land_columns(tmp_path, pl.DataFrame({"material_code": ["M1"]}), version=1, minute=0)
    land_columns(tmp_path, pl.DataFrame({"price_fen": [5], "material_code": ["M2"]}), version=1, minute=1)
    with pytest.raises(RawSchemaError, match="price_fen"):
        landing.scan(tmp_path, ENTITY)
