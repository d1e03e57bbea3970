"""The ERP's count of stock, as its file says it: CSV in UTF-8 or GB18030, with its own headings or plain ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from ops_db.errors import InvalidInput

_HEADINGS: Final = {
    "仓库编码": "warehouse_code",
    "物料编码": "material_code",
    "物料名称": "material_name",
    "数量": "on_hand",
    "单位": "unit",
    "日期": "counted_on",
    "单价(元)": "unit_price",
}
_NEEDED: Final = ("warehouse_code", "material_code", "material_name", "on_hand", "unit", "counted_on")


def read_count(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that can be used, and a sentence for each that cannot; raises InvalidInput for another kind of file."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    lines = list(csv.reader(io.StringIO(text)))
    headings = [_HEADINGS.get(name.strip(), name.strip()) for name in lines[0]] if lines else []
    missing = [name for name in _NEEDED if name not in headings]
    if missing:
        raise InvalidInput(
            "The file lacks the columns {names}. Take the ERP's count of stock.", names=", ".join(missing)
        )
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    refused: list[str] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        try:
            row = _row(dict(zip(headings, cells, strict=False)))
        except (ValueError, InvalidOperation, KeyError) as error:
            refused.append(f"line {number}: {error}")
            continue
        rows[row["warehouse_code"], row["material_code"]] = row
    return list(rows.values()), refused


def as_json(rows: list[dict[str, Any]]) -> str:
    """Rows as the statement that loads them takes them."""
    return json.dumps(rows, ensure_ascii=False)


def _row(cells: dict[str, str]) -> dict[str, Any]:
    texts = {name: cells[name].strip() for name in _NEEDED}
    empty = [name for name in ("warehouse_code", "material_code", "material_name") if not texts[name]]
    if empty:
        raise ValueError(f"{empty[0]} is empty")
    quantity = Decimal(texts["on_hand"].replace(",", ""))
    if not quantity.is_finite() or quantity < 0:
        raise ValueError(f"{texts['on_hand']!r} is no quantity")
    year, month, day = (int(part) for part in texts["counted_on"].replace("/", "-").split("-"))
    price = cells.get("unit_price", "").strip()
    fen = int((Decimal(price.replace(",", "")) * 100).to_integral_value()) if price else None
    return texts | {
        "on_hand": str(quantity),
        "counted_on": dt.date(year, month, day).isoformat(),
        "unit_price_fen": fen,
    }
