"""Running a worker: it takes up its duties when they are due, outlives its database, and ends cleanly when asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import make_url

from core.settings import Settings
from ops_db.engine import worker_engine
from ops_db.timers.firing import USUAL, Sweeping
from ops_db.worker.duties import DUTIES, Duty, Workbench
from ops_db.worker.job_tables import JOB_SCHEMA

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_SECONDS: Final = 2
_TIDY: Final = Duty("tidy", 600, lambda _bench: asyncio.sleep(0))


async def run(
    settings: Settings,
    database_url: str,
    *,
    sweeping: Sweeping = USUAL,
    duties: Iterable[Duty] = DUTIES,
    stop: asyncio.Event | None = None,
) -> None:
    """Do the duties until `stop` is set or the process is asked to end; a database that is away is waited for."""
    stop = stop or asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = worker_engine(database_url, pool_size=sweeping.side_by_side + 2)
    bench = Workbench(engine, settings, _now, stop, sweeping)
    try:
        while not stop.is_set():
            try:
                await _serve(bench, database_url, tuple(duties))
            except ConnectorException as error:
                _LOG.warning("The database does not answer (%s); looking again soon.", error)
                await _wait(stop, _AGAIN_AFTER_SECONDS)
    finally:
        await engine.dispose()


async def _serve(bench: Workbench, database_url: str, duties: tuple[Duty, ...]) -> None:
    app = worker_app(bench, database_url, duties)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=len(duties) + 1,
                install_signal_handlers=False,
                delete_jobs="successful",
                listen_notify=False,
            )
        )
        stopping = asyncio.create_task(bench.stop.wait())
        done, _ = await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if worker not in done:
            # Cancelled once, the worker takes no more jobs and waits for those it has begun.
            worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            if not bench.stop.is_set():
                raise


def worker_app(bench: Workbench, database_url: str, duties: Iterable[Duty]) -> App:
    """The queue with a periodic task for each duty."""
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = f"-c search_path={JOB_SCHEMA} -c timezone=UTC -c lock_timeout=2000"
    connector = PsycopgConnector(conninfo=address, kwargs={"options": options, "application_name": "anju-worker-jobs"})
    app = App(connector=connector)
    for duty in duties:
        _register(app, duty.name, duty.cron, _of(duty, bench))
    _register(app, _TIDY.name, _TIDY.cron, _tidying(app))
    return app


def _register(app: App, name: str, cron: str, work: Callable[..., Awaitable[None]]) -> None:
    # At most one job of a duty waits; should one run long, the next worker joins in instead of standing in line.
    task: Any = app.task(name=name, queueing_lock=name)(work)
    app.periodic(cron=cron, periodic_id=name)(task)


def _of(duty: Duty, bench: Workbench) -> Callable[..., Awaitable[None]]:
    async def work(**_: int) -> None:
        if not bench.stop.is_set():
            await duty.work(bench)

    return work


def _tidying(app: App) -> Callable[..., Awaitable[None]]:
    async def work(**_: int) -> None:
        """Forget what killed workers left behind and what failed long ago: the next look makes up for it."""
        for job in await app.job_manager.get_stalled_jobs():
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        await app.job_manager.delete_old_jobs(nb_hours=24, include_failed=True)

    return work


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
