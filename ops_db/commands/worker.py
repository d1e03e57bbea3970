"""`python -m ops_db worker` and `timers`: the process beside the service, and what it has to do."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from typing import Annotated

import typer

from core.settings import get_settings
from ops_db.server import database_url

timers = typer.Typer(no_args_is_help=True, help="Look at the timers of running tickets.")


def worker(
    *,
    side_by_side: Annotated[int, typer.Option(min=1, max=32, help="Timers handled at the same time.")] = 4,
    lease_seconds: Annotated[float, typer.Option(min=0.1, help="How long a killed worker's timers wait.")] = 60,
) -> None:
    """Do what nobody waits for, until stopped: let due timers act. Any number may run side by side."""
    from ops_db.timers.firing import Sweeping  # noqa: PLC0415  The models take a second to import.
    from ops_db.worker.running import run  # noqa: PLC0415  As above.

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settings = get_settings()
    how = Sweeping(lease_seconds=lease_seconds, side_by_side=side_by_side)
    asyncio.run(run(settings, database_url(settings), sweeping=how))


@timers.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Say when a worker last looked, and how many timers wait, are overdue or failed."""
    asyncio.run(_status(as_json=as_json))


@timers.command()
def retry() -> None:
    """Plan failed timers anew whose step is still open, once what stood in their way is gone."""
    asyncio.run(_retry())


async def _status(*, as_json: bool) -> None:
    from ops_db.engine import worker_engine  # noqa: PLC0415  As above.
    from ops_db.timers import repository  # noqa: PLC0415  As above.

    engine = worker_engine(database_url(get_settings()), pool_size=1)
    async with engine.connect() as connection:
        found = await repository.overview(connection, now=dt.datetime.now(dt.UTC))
        failed = await repository.failed(connection, most=20)
    await engine.dispose()
    if as_json:
        typer.echo(json.dumps(found._asdict(), default=str))
        return
    looked = f"{found.swept_at:%Y-%m-%d %H:%M:%S} UTC" if found.swept_at else "never"
    typer.echo(
        f"A worker last looked: {looked}. {found.planned_count} timers wait, {found.overdue_count} of them overdue; "
        f"{found.held_count} stand still, {found.failed_count} failed."
    )
    for one in failed:
        typer.echo(f"{one.number} {one.node_key} {one.timer_key} ({one.action}): {one.failure}")


async def _retry() -> None:
    from ops_db.engine import worker_engine  # noqa: PLC0415  As above.
    from ops_db.timers import repository  # noqa: PLC0415  As above.

    engine = worker_engine(database_url(get_settings()), pool_size=1)
    async with engine.begin() as connection:
        count = await repository.plan_failed(connection)
    await engine.dispose()
    typer.echo(f"{count} timers are planned anew.")
