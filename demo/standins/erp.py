"""The ERP: nightly files of stock, batches and prices in GB18030, purchases as a workbook."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from demo.estate.behaviour import taxonomy
from demo.estate.draws import labels, stream
from demo.estate.generate import Estate
from demo.estate.names import SUPPLIERS
from demo.standins.dropping import Spoil, csv_bytes, drop, spoiled

_YUAN: Final = "\N{FULLWIDTH YEN SIGN}"
_STOCK_WEEKS: Final = 6
_PURCHASE_MONTHS: Final = 12
_UNITS: Final = ("个", "桶", "米", "套", "㎡")


def drop_erp_files(estate: Estate, folder: Path) -> list[Path]:
    """Drop everything the ERP has to say, up to yesterday."""
    yesterday = estate.now.date() - dt.timedelta(days=1)
    stamp = yesterday.strftime("%Y%m%d")
    paths = list(_stock_files(estate, folder, yesterday))
    batches = _batches(estate)
    paths.append(drop(folder, f"批次_{stamp}.csv", csv_bytes(batches, "gb18030"), batches.height))
    prices = _prices(estate, yesterday)
    paths.append(drop(folder, f"价格_{stamp}.csv", csv_bytes(prices, "gb18030"), prices.height))
    purchases = _purchases(estate, yesterday)
    book = BytesIO()
    purchases.write_excel(book, worksheet="采购")
    paths.append(drop(folder, f"采购_{stamp}.xlsx", book.getvalue(), purchases.height))
    return paths


def _materials() -> pl.DataFrame:
    kinds = {kind.material_code: kind for kind in taxonomy().components}
    return pl.DataFrame(
        {
            "物料编码": list(kinds),
            "物料名称": [kind.material_name for kind in kinds.values()],
            "fen": [kind.material_fen for kind in kinds.values()],
        }
    )


def _stock_files(estate: Estate, folder: Path, yesterday: dt.date) -> Iterator[Path]:
    rng = stream(estate.seed, "erp stock")
    materials = _materials()
    warehouses = ["CK-" + code for code in estate.property.project_codes]
    place, material = (index.ravel() for index in np.indices((len(warehouses), materials.height)))
    usual = rng.gamma(0.9, 160.0, len(place))
    for week in range(_STOCK_WEEKS, 0, -1):
        day = yesterday - dt.timedelta(days=7 * (week - 1))
        quantity = usual * rng.uniform(0.4, 1.6, len(place))
        frame = pl.DataFrame(
            {
                "仓库编码": labels(warehouses, place),
                "物料编码": materials["物料编码"].gather(material),
                "物料名称": materials["物料名称"].gather(material),
                # An export for people: thousands get a comma, and then the cell gets quotes.
                "数量": [f"{amount:,.1f}" for amount in quantity.tolist()],
                "单位": labels(_UNITS, material % len(_UNITS)),
                "日期": [f"{day.year}/{day.month}/{day.day}" if week % 2 else day.isoformat()] * len(place),
            }
        )
        chance = random.Random(f"{estate.seed} stock {week}")  # noqa: S311  Made-up data.
        text = spoiled(frame, chance, [_set(3, "缺"), _set(5, f"{day.year}-02-30"), _set(1, "")], 2)
        yield drop(folder, f"库存_{day:%Y%m%d}.csv", csv_bytes(text, "gb18030"), text.height)


def _batches(estate: Estate) -> pl.DataFrame:
    rng = stream(estate.seed, "erp batches")
    batches = estate.frames["material_batch"]
    frame = batches.select(
        pl.col("code").alias("批次号"),
        pl.col("material_code").alias("物料编码"),
        pl.col("material_name").alias("物料名称"),
        pl.col("supplier_name").alias("供应商"),
        pl.col("received_date").dt.strftime("%Y-%m-%d").alias("到货日期"),
        pl.Series("数量", rng.integers(20, 900, batches.height)),
    )
    chance = random.Random(f"{estate.seed} batches")  # noqa: S311  Made-up data.
    return spoiled(frame, chance, [_set(4, "待定"), _set(1, ""), _set(5, "约三百")], 3)


def _prices(estate: Estate, yesterday: dt.date) -> pl.DataFrame:
    """A price list a year, dearer each time."""
    materials = _materials()
    years = range(yesterday.year - 3, yesterday.year + 1)
    lists = [
        pl.DataFrame(
            {
                "物料编码": materials["物料编码"],
                "单价(元)": [f"{fen * (100 - 4 * (years[-1] - year)) / 10_000:.2f}" for fen in materials["fen"]],
                "生效日期": [f"{year}-01-01"] * materials.height,
            }
        )
        for year in years
    ]
    chance = random.Random(f"{estate.seed} prices")  # noqa: S311  Made-up data.
    return spoiled(pl.concat(lists), chance, [_set(1, "面议"), _set(2, "长期")], 2)


def _purchases(estate: Estate, yesterday: dt.date) -> pl.DataFrame:
    rng = stream(estate.seed, "erp purchases")
    materials = _materials()
    count = max(150, estate.size.home_count // 10)
    material = rng.integers(0, materials.height, count)
    quantity = rng.integers(2, 120, count)
    fen = materials["fen"].to_numpy()[material] * quantity * rng.integers(90, 106, count) // 100
    project = np.where(rng.random(count) < 0.25, -1, rng.integers(0, len(estate.property.project_codes), count))
    ordered = np.sort(rng.integers(1, _PURCHASE_MONTHS * 30, count))[::-1]
    frame = pl.DataFrame(
        {
            "采购单号": [f"CG{yesterday:%y}{index + 1:06d}" for index in range(count)],
            "物料编码": materials["物料编码"].gather(material),
            "供应商": labels(SUPPLIERS, rng.integers(0, len(SUPPLIERS), count)),
            "数量": quantity,
            "金额(元)": [f"{_YUAN if index % 9 == 0 else ''}{amount / 100:.2f}" for index, amount in enumerate(fen)],
            "下单日期": [(yesterday - dt.timedelta(days=int(days))).isoformat() for days in ordered],
            "项目编码": labels(estate.property.project_codes, project),
        }
    )
    chance = random.Random(f"{estate.seed} purchases")  # noqa: S311  Made-up data.
    return spoiled(frame, chance, [_set(4, "见合同"), _set(5, "年底前"), _set(0, "")], 3)


def _set(column: int, text: str) -> Spoil:
    def spoil(cells: list[str]) -> None:
        cells[column] = text

    return spoil
