"""One spelling of a home: feeds write `3栋1802`, `3-1802` or `ＨＺ０１／３／１８０２`, Anju writes `HZ01-03-1802`.

The canonical code is project, building, room. A project is letters and digits (`HZ01`; imported ones may have further
parts of at least two letters, `NYC-BRONX`); a building is a number of at least two digits, perhaps with a letter, or
a letter, perhaps with a number; a room has no leading zeros, and a staircase (单元) is part of it (`HZ01-03-2-1802`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

_PROJECT: Final = r"[A-Z]{1,8}[0-9]{0,4}(?:-[A-Z]{2,}[0-9]*)*"
_BUILDING: Final = r"[0-9]+[A-Z]?|[A-Z][0-9]{0,2}"
_ROOM: Final = r"(?:[0-9]{1,2}-)?[0-9]*[A-Z]?[0-9]*[0-9A-Z]"
_PARTS: Final = rf"^(?:(?<project>{_PROJECT})-)?(?<building>{_BUILDING})-(?<room>{_ROOM})$"

CANONICAL_UNIT_CODE: Final = rf"^(?:{_PROJECT})-(?:[0-9]{{2,}}[A-Z]?|[A-Z][0-9]{{0,2}})-(?:{_ROOM})$"
"""What a canonical code looks like."""

_SEPARATORS: Final = r"号楼|[栋幢座樓楼#\s\-‐‑‒–—―−_/\\|.,·、:]|单元|單元"
_ENDING: Final = r"[室号房户]+$"


def canonical_unit_code(code: pl.Expr, project_code: pl.Expr | None = None) -> pl.Expr:
    """The canonical spelling of `code`; null where it names no home.

    `project_code` is the project of codes that do not name one themselves (`3栋1802`); without it they give null.
    Applied to its own result it changes nothing.
    """
    parts = _plain_text(code).str.extract_groups(_PARTS).struct
    project = parts.field("project")
    if project_code is not None:
        project = pl.coalesce(project, project_code.str.strip_chars().str.to_uppercase())
    return pl.concat_str(project, _two_digits(parts.field("building")), _bare(parts.field("room")), separator="-")


def building_of(unit_code: pl.Expr) -> pl.Expr:
    """The building of a canonical unit code; null for anything else."""
    return unit_code.str.extract_groups(_PARTS).struct.field("building")


def _plain_text(code: pl.Expr) -> pl.Expr:
    return (
        code.str.normalize("NFKC")
        .str.to_uppercase()
        .str.strip_chars()
        .str.replace(_ENDING, "")
        .str.replace_all(_SEPARATORS, "-")
        .str.replace_all(r"-+", "-")
        .str.strip_chars("-")
    )


def _two_digits(building: pl.Expr) -> pl.Expr:
    number = building.str.extract(r"^0*([0-9]+)").str.zfill(2)
    return pl.when(number.is_null()).then(building).otherwise(number + building.str.extract(r"([A-Z]?)$"))


def _bare(room: pl.Expr) -> pl.Expr:
    return room.str.replace(r"^0+([0-9A-Z])", "$1").str.replace(r"-0+([0-9A-Z])", "-$1")
