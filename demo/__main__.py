"""`python -m demo`: fills a database with the pretend estate, and plays the systems around it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import psycopg
import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.settings import Settings, get_settings
from demo.estate.load import DEMO_PASSWORD, LoadError, load
from demo.estate.load import Progress as Report
from demo.estate.sizes import SIZES
from demo.estate.workforce import DEMO_LOGINS
from demo.installation import Plan, drop_files, prepare, recall
from demo.standins.broker import run_broker
from demo.standins.calls import recent_calls
from demo.standins.crm import create_crm
from demo.standins.finance import Ledger, create_ledger
from demo.standins.meters import publish
from ops_db.server import ensure_server
from ops_db.server_files import ServerError
from orchestration import services

CRM_PORT = 9101
CRM_TOKEN = "demo-crm-token"  # noqa: S105  It opens made-up data on this machine only.
WELCOME = {
    "desk": "客服台:受理、派单、查来电 · Service desk: take in, dispatch, look up callers",
    "supervisor": "维修主管:派单与进度 · Supervisor: dispatch and progress",
    "technician": "师傅端:今天的上门 · Technician: the visits of today",
    "quality": "质量追溯驾驶舱 · Quality tracing cockpit",
    "executive": "管理驾驶舱 · Executive cockpit",
    "finance": "费用与付款 · Costs and payments",
    "manager": "流程、表单、派单规则 · Manager: processes, forms, dispatch rules",
    "warehouse": "物料发放与库存 · Warehouse: material and stock",
    "property.lead": "公共区域工程主管 · Property engineering lead",
    "area.lead": "片区负责人 · Area lead",
    "admin": "系统管理 · Administration",
    "desk.one": "只看一个项目的客服 · Service desk of one project",
    "supervisor.one": "只看一个项目的主管 · Supervisor of one project",
}

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="The pretend outside world.")

SizeName = Annotated[str, typer.Option("--size", help=f"One of {', '.join(SIZES)}.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same estate.")]
Now = Annotated[dt.datetime | None, typer.Option(help="The moment the estate has come to, in UTC; default now.")]
DatabaseUrl = Annotated[str | None, typer.Option(help="Default: the installation's own database.")]
Port = Annotated[int, typer.Option(help="On this machine only.")]


@app.command("prepare")
def prepare_command(size: SizeName = "small", seed: Seed = 7, now: Now = None, crm_port: Port = CRM_PORT) -> None:
    """Fill an empty installation: estate, finance ledger, dropped files. The last line printed is settings as JSON."""
    settings = get_settings()
    with _progress() as bar:
        _, finance_url = prepare(settings, _database_url(settings), _plan(size, seed, now), progress=_report(bar))
    found = {"ANJU_CRM_URL": f"http://127.0.0.1:{crm_port}", "ANJU_CRM_TOKEN": CRM_TOKEN}
    typer.echo(json.dumps(found | {"ANJU_FINANCE_DATABASE_URL": finance_url}))


@app.command()
def estate(
    size: SizeName = "small",
    seed: Seed = 7,
    now: Now = None,
    database_url: DatabaseUrl = None,
    truth_file: Annotated[Path | None, typer.Option(help="Where to write what was planted, for tests.")] = None,
) -> None:
    """Generate the estate and load it into a migrated and seeded database without projects."""
    settings = get_settings()
    url = database_url or _database_url(settings)
    made = _plan(size, seed, now).estate()
    with _progress() as bar:
        written = load(made, url, settings, progress=_report(bar))
    if truth_file is not None:
        truth_file.write_text(json.dumps(made.truth, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"{written['project']} projects, {written['unit']} homes and {written['ticket']} tickets are loaded.")
    typer.echo(f"Sign in as {', '.join(DEMO_LOGINS)} with the password {DEMO_PASSWORD}.")


@app.command()
def crm(
    port: Port = CRM_PORT, size: SizeName = "small", seed: Seed = 7, now: Now = None, token: str = CRM_TOKEN
) -> None:
    """Serve the CRM of the prepared estate, or of the one described here if none is prepared."""
    plan = recall(get_settings()) or _plan(size, seed, now)
    uvicorn.run(create_crm(plan.estate(), token, seed=plan.seed), host="127.0.0.1", port=port, log_level="warning")


@app.command("drop")
def drop_command(
    to: Annotated[Path, typer.Option(help="An inbox; each source gets a folder in it.")],
    size: SizeName = "small",
    seed: Seed = 7,
    now: Now = None,
) -> None:
    """Drop the files of ERP, exchange and meters."""
    made = (recall(get_settings()) or _plan(size, seed, now)).estate()
    paths = drop_files(made, to, pl.concat([recent_calls(made, part) for part in made.ticket_parts()]))
    typer.echo(f"{len(paths)} files are in {to}.")


@app.command()
def finance(size: SizeName = "small", seed: Seed = 7, now: Now = None, database_url: DatabaseUrl = None) -> None:
    """Make the finance database anew on the server of the operational one, and print its address."""
    settings = get_settings()
    made = (recall(settings) or _plan(size, seed, now)).estate()
    ledger = Ledger(made)
    for part in made.ticket_parts():
        ledger.add(part)
    typer.echo(create_ledger(database_url or _database_url(settings), ledger.payments()))


@app.command()
def broker(port: Port = 1883) -> None:
    """Run an MQTT broker, for who has none."""
    asyncio.run(run_broker(port))


@app.command("publish")
def publish_command(
    url: Annotated[str, typer.Option(help="mqtt://[user:password@]host:port")],
    hours: Annotated[int, typer.Option(help="How far back.")] = 24,
    size: SizeName = "small",
    seed: Seed = 7,
    now: Now = None,
) -> None:
    """Send the last readings of the water meters to a broker."""
    made = (recall(get_settings()) or _plan(size, seed, now)).estate()
    typer.echo(f"{publish(made, url, last_hours=hours)} readings are sent.")


@app.command()
def welcome() -> None:
    """Say who may sign in and what there is to see."""
    service = services.find(get_settings(), "service")
    if service is not None:
        typer.echo(f"业主报修,无需登录 · An owner reports, without signing in: {service.url}/report")
        typer.echo(f"登录 · Sign in: {service.url}/sign-in")
    typer.echo(f"密码 · Password: {DEMO_PASSWORD}")
    for login in DEMO_LOGINS:
        typer.echo(f"  {login:<15} {WELCOME[login]}")


def _plan(size: str, seed: int, now: dt.datetime | None) -> Plan:
    moment = now.replace(tzinfo=dt.UTC) if now else dt.datetime.now(dt.UTC).replace(microsecond=0)
    return Plan(size, seed, moment)


def _database_url(settings: Settings) -> str:
    return settings.database_url.get_secret_value() if settings.database_url else ensure_server(settings)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _report(bar: Progress) -> Report:
    task = bar.add_task("estate", total=None)
    return lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit code 1, not a traceback."""
    try:
        app()
    except (LoadError, ServerError, ValueError, psycopg.OperationalError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
