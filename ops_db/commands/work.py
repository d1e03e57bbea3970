"""Commands of the day's work: loading the ERP's count of stock, and judging promises that have passed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from core.settings import get_settings
from ops_db.server import database_url


def load_stock(
    file: Annotated[Path, typer.Argument(help="The ERP's count of stock, CSV in UTF-8 or GB18030.")],
) -> None:
    """Take the ERP's count of stock: what it says counts, and what is reserved stays reserved."""
    from ops_db.material import erp_count, repository  # noqa: PLC0415  SQLAlchemy takes half a second to import.

    rows, refused = erp_count.read_count(file)

    async def work(connection: object) -> int:
        return await repository.load(connection, rows=erp_count.as_json(rows))  # type: ignore[arg-type]  # The connection of the engine below.

    count = _in_one_transaction(work)
    for sentence in refused[:20]:
        typer.secho(sentence, fg=typer.colors.YELLOW, err=True)
    typer.echo(f"{count} of {len(rows)} materials loaded, {len(refused)} rows left out.")


def judge_promises() -> None:
    """Say of every promised visit whose window has passed that nobody came; each promise is broken once."""
    from ops_db.visit_promises.service import break_passed  # noqa: PLC0415  As above.

    async def work(connection: object) -> int:
        return await break_passed(connection, now=dt.datetime.now(dt.UTC))  # type: ignore[arg-type]  # As above.

    typer.echo(f"{_in_one_transaction(work)} promises broken.")


def _in_one_transaction(work: Callable[[object], Awaitable[int]]) -> int:
    from ops_db.engine import service_engine  # noqa: PLC0415  As above.

    async def run() -> int:
        engine = service_engine(database_url(get_settings()), sees_every_project=True)
        async with engine.begin() as connection:
            result = await work(connection)
        await engine.dispose()
        return result

    return asyncio.run(run())
