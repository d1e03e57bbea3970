"""Many spellings of a home, one code."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.unit_codes import CANONICAL_UNIT_CODE, canonical_unit_code


def canonical(*codes: str | None, project: str | None = None) -> list[str | None]:
    frame = pl.DataFrame({"code": codes}, schema={"code": pl.String})
    project_code = None if project is None else pl.lit(project)
    return frame.select(canonical_unit_code(pl.col("code"), project_code)).to_series().to_list()


@pytest.mark.parametrize(
    "spelling",
    [
        "HZ01-03-1802",
        "HZ01/03/1802",
        "hz01-3-1802",
        "HZ01 3栋1802",
        "HZ01-3栋1802室",
        "HZ01-3幢-1802号",
        "HZ01-3号楼1802",
        "HZ01-3#1802",
        "HZ01_003_01802",
        "  HZ01 - 03 - 1802 ",
        "ＨＺ０１－０３－１８０２",
        "HZ01—03—1802",
    ],
)
def test_spellings_that_name_the_project_agree(spelling: str) -> None:
    assert canonical(spelling) == ["HZ01-03-1802"]


@pytest.mark.parametrize("spelling", ["3栋1802", "３栋１８０２室", "3-1802", "03-1802", "3幢1802号", "HZ01-3-1802"])
def test_spellings_without_a_project_take_the_one_they_are_given(spelling: str) -> None:
    assert canonical(spelling, project="HZ01") == ["HZ01-03-1802"]


def test_a_project_in_the_spelling_wins_over_the_one_given() -> None:
    assert canonical("SH02-3-1802", project="HZ01") == ["SH02-03-1802"]


def test_a_staircase_is_part_of_the_room() -> None:
    assert canonical("HZ01-3栋2单元0402", "HZ01/03/02/402") == ["HZ01-03-2-402"] * 2


def test_a_building_may_be_a_letter_and_a_project_may_have_two_parts() -> None:
    assert canonical("HZ01-A座-1802", "NYC-BRONX-2028390045-3F") == ["HZ01-A-1802", "NYC-BRONX-2028390045-3F"]


@pytest.mark.parametrize("text", [None, "", "1802", "3栋1802", "业主来电", "HZ01", "HZ01-03", "-", "HZ01-03-"])
def test_what_names_no_home_is_null(text: str | None) -> None:
    assert canonical(text) == [None]


homes = st.tuples(
    st.from_regex(r"[A-Z]{2,4}[0-9]{2}(-[A-Z]{2,5})?", fullmatch=True),
    st.one_of(st.integers(1, 3_000_000_000).map(str), st.from_regex(r"[A-Z][0-9]{0,2}", fullmatch=True)),
    st.integers(1, 99).map(str) | st.just(""),
    st.integers(1, 60).flatmap(lambda floor: st.integers(1, 20).map(lambda door: f"{floor}{door:02d}")),
)


@given(st.lists(st.one_of(st.text(alphabet="HZ栋座室单元0123456789-/A 　－１", max_size=14), st.text(max_size=12))))
def test_normalising_twice_changes_nothing(texts: list[str]) -> None:
    once = canonical(*texts)
    assert canonical(*once) == once
    assert pl.Series(once, dtype=pl.String).str.contains(CANONICAL_UNIT_CODE).fill_null(value=True).all()


@given(homes, st.sampled_from("-/_.—－"), st.integers(0, 3))
def test_separators_and_leading_zeros_do_not_matter(
    home: tuple[str, str, str, str], separator: str, zeros: int
) -> None:
    project, building, staircase, room = home
    dressed = f"{'0' * zeros if building[0].isdigit() else ''}{building}"
    plain = "-".join(part for part in (project, building, staircase, room) if part)
    spelled = separator.join(part for part in (project, dressed, staircase, "0" * zeros + room) if part)
    assert canonical(spelled) == canonical(plain) != [None]
