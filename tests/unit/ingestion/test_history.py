"""History: an older system's tickets arrive whole, its oddities kept as they are, its refused rows named."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from core.vocabulary import Channel, Severity, TicketState, Trade
from ingestion.errors import ContractError, FileHeldError
from ingestion.history import CANONICAL, HistoryReading, read_history
from ingestion.history_mapping import MAPPINGS, load_mapping
from ops_db.history_import.canonical import COLUMNS

MAPPING: dict[str, Any] = {
    "about": "A test.",
    "system": "old",
    "timezone": "Asia/Shanghai",
    "is_public": False,
    "fields": {
        "source_key": {"column": "编号"},
        "project_code": "HZ01",
        "city": "杭州",
        "building_code": {"column": "楼栋", "pattern": "^(\\d+)"},
        "building_address": {"column": "地址"},
        "room_number": {"column": "房号"},
        "category": {"column": "大类", "default": "其他"},
        "component": {"column": "部件"},
        "trade": {"column": "大类", "values": {"渗漏": "waterproofing"}, "unmapped": "skip", "default": "masonry"},
        "severity": "normal",
        "channel": "import",
        "title": {"columns": ["大类", "部件"], "separator": " "},
        "description": {"column": "描述"},
        "state": {"column": "状态", "values": {"已关闭": "closed", "处理中": "open"}},
        "reported_at": {"column": "报修时间"},
        "closed_at": {"column": "关闭时间", "date_only": "at_midnight"},
    },
}
HEADER = "编号,楼栋,房号,地址,大类,部件,描述,状态,报修时间,关闭时间"
GOOD = "A1,3栋,1802,文一路1号,渗漏,卫生间防水,漏水,已关闭,2024-01-05 09:30:00,2024-01-07 00:00:00"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read_rows(*rows: str, **changes: Any) -> HistoryReading:
        described = MAPPING | changes | {"fields": MAPPING["fields"] | changes.get("fields", {})}
        mapping = tmp_path / "mapping.yaml"
        mapping.write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")
        file = tmp_path / "old.csv"
        file.write_bytes("\n".join([HEADER, *rows, ""]).encode("gb18030"))
        return read_history(file, load_mapping(mapping))

    return read_rows


def test_a_row_becomes_a_canonical_ticket(read: Any) -> None:
    ticket = read(GOOD).tickets.row(0, named=True)
    codes = {name: ticket.pop(name) for name in ("category_code", "component_code")}
    assert codes["category_code"].startswith("old_x")
    assert codes["component_code"].startswith(codes["category_code"])
    assert json.loads(ticket.pop("attributes"))["房号"] == "1802"
    assert ticket == {
        "source_system": "old",
        "source_key": "A1",
        "number_hint": None,
        "project_code": "HZ01",
        "project_name": "HZ01",
        "city": "杭州",
        "timezone": "Asia/Shanghai",
        "building_code": "3",
        "building_name": "文一路1号",
        "building_address": "文一路1号",
        "unit_code": "HZ01-3-1802",
        "room_number": "1802",
        "category_name": "渗漏",
        "component_name": "卫生间防水",
        "defect_code": None,
        "defect_name": None,
        "trade": "waterproofing",
        "is_public": False,
        "severity": "normal",
        "channel": "import",
        "title": "渗漏 卫生间防水",
        "description": "漏水",
        "state": "closed",
        "source_state": "closed",
        "reported_at": dt.datetime(2024, 1, 5, 1, 30, tzinfo=dt.UTC),
        "closed_at": dt.datetime(2024, 1, 6, 16, tzinfo=dt.UTC),
        "closed_at_precision": "day",
        "is_state_in_doubt": False,
        "resolution_text": None,
    }


def test_the_frame_is_the_one_that_the_operational_store_takes(read: Any) -> None:
    tickets = read(GOOD).tickets
    assert tickets.schema == CANONICAL
    assert tickets.columns == list(COLUMNS)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("A1", "", "source_key.missing"),
        ("已关闭", "丢失", "state.not_in_the_list"),
        ("已关闭", "", "state.missing"),
        ("2024-01-05 09:30:00", "", "reported_at.missing"),
        ("2024-01-05 09:30:00", "5 Jan", "reported_at.not_a_time"),
        ("2024-01-07 00:00:00", "soon", "closed_at.not_a_time"),
        ("2024-01-07 00:00:00", "2023-01-07 00:00:00", "row.closed_before_it_was_reported"),
        (",卫生间防水,漏水", ",卫生间防水", "row.too_few_cells"),
    ],
)
def test_a_row_that_cannot_be_a_ticket_is_refused_under_its_rule(read: Any, old: str, new: str, rule: str) -> None:
    bad = GOOD.replace(old, new, 1)
    found = read(GOOD.replace("A1", "A0"), bad)
    assert found.tickets["source_key"].to_list() == ["A0"]
    assert found.rejected.select("_source_file", "_source_line", "_raw_text", "_rule").rows() == [
        ("old.csv", 3, bad, rule)
    ]
    assert found.counts["rows"] == found.counts["tickets"] + found.counts["rejected"] == 2


def test_a_mere_date_may_name_the_day_of_the_report_itself(read: Any) -> None:
    assert read(GOOD.replace("2024-01-07", "2024-01-05")).tickets.height == 1


@pytest.mark.parametrize(
    ("written", "precision"),
    [
        ("2024-01-07", "day"),
        ("2024/1/7", "day"),
        ("2024年1月7日", "day"),
        ("2024-01-07 00:00:00", "day"),
        ("2024-01-07 16:05", "second"),
        ("2024-01-07T16:05:00+08:00", "second"),
    ],
)
def test_a_closing_is_known_as_exactly_as_it_was_written(read: Any, written: str, precision: str) -> None:
    ticket = read(GOOD.replace("2024-01-07 00:00:00", written)).tickets.row(0, named=True)
    assert ticket["closed_at_precision"] == precision
    assert ticket["closed_at"] == dt.datetime(2024, 1, 6, 16, tzinfo=dt.UTC) or precision == "second"


def test_of_repeated_keys_the_first_or_the_fullest_counts(read: Any) -> None:
    sparse = GOOD.replace("漏水", "")
    assert read(sparse, GOOD).rejected["_source_line"].to_list() == [3]
    assert read(sparse, GOOD, repeated_keys="keep_fullest").rejected["_source_line"].to_list() == [2]
    assert read(GOOD, GOOD, repeated_keys="keep_fullest").rejected["_source_line"].to_list() == [3]


def test_a_building_has_the_spelling_that_is_used_most(read: Any) -> None:
    rows = [GOOD.replace("A1", f"A{n}") for n in range(3)]
    rows[0] = rows[0].replace("文一路1号", "文一路 1 号")
    assert read(*rows).tickets["building_address"].unique().to_list() == ["文一路1号"]


def test_a_state_that_its_dates_contradict_is_kept_and_marked(read: Any) -> None:
    tickets = read(
        GOOD.replace("已关闭", "处理中"), GOOD.replace("A1", "A2").replace("2024-01-07 00:00:00", "")
    ).tickets
    assert tickets.select("state", "is_state_in_doubt").rows() == [("open", True), ("closed", True)]
    assert tickets["closed_at"].is_null().to_list() == [False, True]


def test_phone_numbers_are_masked_everywhere(read: Any) -> None:
    tickets = read(GOOD.replace("漏水", "请打13911112222")).tickets
    assert tickets["description"].item() == "请打139****2222"
    assert "13911112222" not in tickets["attributes"].item()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": {"column": "状态", "values": {"已关闭": "done"}}}, "done is no code of state"),
        ({"trade": "plumber"}, "plumber is no code of trade"),
        ({"severity": {"column": "大类"}}, "大类 is no code of severity"),
        ({"city": {"column": "市", "constant": "杭州"}}, "exactly one of column, columns and constant"),
        ({"reported": {"column": "报修时间"}}, "fields.reported: there is no such entry"),
        ({"building_code": {"column": "楼栋", "pattern": "(\\d+"}}, "is no regular expression"),
        ({"building_code": {"column": "楼栋", "pattern": "\\d+"}}, "has no group"),
        ({"building_code": None}, "a room_number needs a building_code"),
        ({"component": None, "defect": {"column": "描述"}}, "a defect needs a component"),
    ],
)
def test_a_mapping_that_is_written_wrong_says_what_and_where(read: Any, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError, match=said) as failed:
        read(GOOD, fields=fields)
    assert "mapping.yaml" in str(failed.value)


def test_a_file_without_a_mapped_column_is_refused_by_name(read: Any) -> None:
    with pytest.raises(FileHeldError, match="lacks 到场时间"):
        read(GOOD, fields={"number_hint": {"column": "到场时间"}})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "holds no fields"),
        (b"- a\n- b\n", "holds no fields"),
        (b"\xff\xfe\x00", "no YAML file that can be read"),
        (b"a: [1", "no YAML file that can be read"),
        (b"timezone: Mars/Base\n", "timezone: 'Mars/Base' is no time zone"),
        (b"timezone: Asia/Shanghai\n", "fields: it must be given"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_in_a_sentence(tmp_path: Path, written: bytes, said: str) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_bytes(written)
    with pytest.raises(ContractError, match=said):
        load_mapping(file)


def test_a_folder_is_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no YAML file that can be read"):
        load_mapping(tmp_path)


def test_an_unknown_mapping_lists_the_shipped_ones() -> None:
    with pytest.raises(ContractError, match="nyc311_elevator"):
        load_mapping("nobody")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_is_valid(path: Path) -> None:
    assert load_mapping(path.stem).name == path.stem


def assert_codes_are_known(tickets: pl.DataFrame) -> None:
    for column, terms in (("trade", Trade), ("severity", Severity), ("channel", Channel), ("state", TicketState)):
        assert set(tickets[column].unique()) <= set(terms.codes())
    required = ("source_key", "project_code", "category_code", "category_name", "title", "state", "reported_at")
    assert tickets.select(required).null_count().sum_horizontal().item() == 0


@pytest.mark.real_data
def test_the_lift_complaints_of_new_york_all_load_and_meet_their_figures(real_data: Path) -> None:
    reading = read_history(real_data / "nyc311_elevator" / "clean_requests.parquet", load_mapping("nyc311_elevator"))
    assert reading.counts == {
        "rows": 22_504,
        "tickets": 22_504,
        "rejected": 0,
        "open": 295,
        "in_doubt": 286,
        "without_closing": 9,
        "closed_by_date": 20_256,
        "without_building": 247,
        "buildings": 5_382,
    }
    tickets = reading.tickets
    assert_codes_are_known(tickets)
    assert tickets["source_key"].is_unique().all()
    local = [
        pl.col(name).dt.convert_time_zone("America/New_York").dt.replace_time_zone(None)
        for name in ("closed_at", "reported_at")
    ]
    hours = tickets.select((local[0] - local[1]).dt.total_seconds() / 3600).to_series()
    assert round(hours.median(), 1) == 659.0  # type: ignore[arg-type]  # A median of numbers is a number.
    # These figures are of wall-clock times, as the source writes them; shares are of all complaints.
    assert round((hours <= 24).sum() / tickets.height * 100, 2) == 6.69
    assert round((hours <= 72).sum() / tickets.height * 100, 1) == 13.2
    built = tickets.filter(pl.col("building_code").is_not_null()).sort("building_code", "reported_at")
    since = built.select((local[1] - local[1].shift().over("building_code")).dt.total_seconds())
    days = since.to_series() / 86_400
    assert [int((days <= limit).sum()) for limit in (1, 7, 30)] == [5_572, 10_370, 13_363]


@pytest.mark.real_data
def test_the_casework_of_the_council_loads_but_for_its_repeated_keys(real_data: Path) -> None:
    source = real_data / "nyc_council_constituent" / "nycomplaints.parquet"
    reading = read_history(source, load_mapping("nyc_council_constituent"))
    assert reading.counts["rows"] == 341_299
    assert reading.rejected["_rule"].value_counts().rows() == [("key.repeated", 105)]
    assert_codes_are_known(reading.tickets)
    original = pl.read_parquet(source)
    refused = reading.rejected["_raw_text"].str.json_decode(
        pl.Struct({"complaint_type": pl.String, "closedate": pl.String})
    )
    lost_open = refused.struct.field("closedate").is_null().sum()
    assert reading.counts["open"] + int(lost_open) == 14_142
    housing = refused.struct.field("complaint_type").str.to_lowercase() == "housing and buildings"
    kept = (reading.tickets["category_name"] == "Housing and Buildings").sum()
    # Two more are written in capitals and are the same category.
    assert int(kept) + int(housing.sum()) == 81_381 + 2
    assert not (reading.tickets["closed_at"] < reading.tickets["reported_at"]).any()
    assert "Unknown" in reading.tickets["category_name"].unique()
    assert not reading.tickets["category_name"].str.contains("@getxlate|Please choose").any()
    assert reading.tickets["source_key"].n_unique() == original["unique_key"].n_unique() == 341_194


def test_the_mapping_in_the_documentation_is_valid(tmp_path: Path) -> None:
    documentation = (MAPPINGS.parents[1] / "docs" / "import.md").read_text(encoding="utf-8")
    example = tmp_path / "example.yaml"
    example.write_text(documentation.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_mapping(example).system == "oldbook"
