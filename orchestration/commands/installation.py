"""`anju up`, `down`, `status` and `demo`: the parts of an installation as processes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import replace
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from core.settings import Settings, get_settings
from orchestration import services
from orchestration.errors import OrchestrationError
from orchestration.services import Part

app = typer.Typer()
console = Console(stderr=True)
OUTPUT: Final = Console()
CRM_PORT: Final = 9101
WORKER: Final = "worker"
_LOOK_SECONDS: Final = 2


class StepFailedError(OrchestrationError):
    """A program we started ended with an error of its own."""

    code = "step_failed"


@app.command()
def up() -> None:
    """Start the database, the service, its worker, the cockpits and Dagster."""
    settings = get_settings()
    start_parts(settings)
    show_status(settings)


@app.command()
def down() -> None:
    """Stop everything that `up` or `demo` started."""
    settings = get_settings()
    stop_parts(settings)
    typer.echo("Everything is stopped.")


@app.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Say what runs, and where."""
    settings = get_settings()
    if as_json:
        found = [{"name": part.name, "pid": part.pid, "url": part.url} for part in services.running_parts(settings)]
        typer.echo(json.dumps(found))
        return
    show_status(settings)


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the logs, which take longest.")] = False,
) -> None:
    """Look at everything that can be wrong with this installation; ends with 1 where something is red."""
    options = (*(["--json"] if as_json else []), *(["--quick"] if quick else []))
    outcome = subprocess.run(services.python_module("ops_db", "doctor", *options), check=False)
    raise typer.Exit(outcome.returncode)


def start_parts(settings: Settings) -> None:
    """Start the database and every part that does not run, and wait until each answers."""
    # Dagster takes seconds to import, which the other commands should not pay.
    from orchestration.instance import open_instance, reap  # noqa: PLC0415
    from orchestration.parts import parts  # noqa: PLC0415  As above.

    url = prepare_database(settings)
    with open_instance(settings) as instance:
        reap(instance)
    wanted = [part for part in parts(settings, database_url=url) if services.find(settings, part.name) is None]
    with console.status("Starting …") as shown:
        begun = [(part, services.start(settings, part)) for part in wanted]
        for part, running in begun:
            shown.update(f"Waiting for {part.name} …")
            services.wait_until_up(settings, part, running)


def stop_parts(settings: Settings) -> None:
    """Stop every part, newest duty first, and the embedded database last."""
    for running in list(services.running_parts(settings)):
        services.stop(settings, running)
    run_step("stop the database", "ops_db", "server", "stop")


def prepare_database(settings: Settings) -> str:
    """Start the database, bring its schema and reference data up to date, and return its address."""
    with console.status("Preparing the database …"):
        run_step("start the database", "ops_db", "server", "start")
        run_step("migrate the database", "ops_db", "migrate")
        run_step("load the reference data", "ops_db", "seed")
        return database_url(settings)


def database_url(settings: Settings) -> str:
    """The address of the operational database as the operational core knows it."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return run_step("find the database", "ops_db", "server", "url").strip().splitlines()[-1]


def run_step(deed: str, *module: str) -> str:
    """Run a module of ours and return what it printed; raises StepFailedError with its last words."""
    outcome = subprocess.run(services.python_module(*module), capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        words = (outcome.stderr or outcome.stdout).strip().splitlines()
        message = f"Could not {deed}. " + "\n".join(words[-10:])
        raise StepFailedError(message)
    return outcome.stdout


def show_status(settings: Settings) -> None:
    """Print what runs as a table."""
    running = list(services.running_parts(settings))
    if not running:
        typer.echo("Nothing runs. Start with: anju up")
        return
    table = Table("Part", "Address", "Process")
    for part in running:
        table.add_row(part.name, part.url or "–", str(part.pid))
    OUTPUT.print(table)
    if any(part.name == WORKER for part in running):
        # What a worker is for stands in the database, which the operational core alone reads.
        try:
            OUTPUT.print(run_step("look at the timers", "ops_db", "timers", "status").strip())
        except StepFailedError as error:
            OUTPUT.print(str(error))


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Prepare everything, run once, serve nothing.")] = False,
    size: Annotated[str, typer.Option(help="small, medium or large estate.")] = "small",
    seed: Annotated[int, typer.Option(help="Another seed is another estate.")] = 7,
) -> None:
    """Show Anju at work on a pretend estate: generate, file, ingest, build, publish, serve."""
    settings = get_settings()
    started = time.monotonic()
    prepare_database(settings)
    crm = Part("crm", port=services.free_port("127.0.0.1", CRM_PORT), health_path="/health", command=())
    _take_on(_prepare_estate(size, seed, crm))
    crm = replace(crm, command=services.python_module("demo", "crm", "--port", str(crm.port)))
    try:
        with console.status("Starting the pretend CRM …"):
            services.wait_until_up(settings, crm, services.start(settings, crm))
        # As in `start_parts`.
        from orchestration.pipeline_run import run_pipeline  # noqa: PLC0415

        OUTPUT.print(run_pipeline(get_settings())["message"])
        OUTPUT.print(f"The demo is ready after {time.monotonic() - started:.0f} s.")
        if once:
            return
        start_parts(get_settings())
        show_status(settings)
        subprocess.run(services.python_module("demo", "welcome"), check=False)
        OUTPUT.print("Press Ctrl+C to stop everything.")
        _wait_until_stopped(settings)
    finally:
        with console.status("Stopping …"):
            stop_parts(settings)


def _prepare_estate(size: str, seed: int, crm: Part) -> dict[str, str]:
    """Make the pretend estate and the files around it, with its progress shown; return the settings it asks for."""
    options = ("--size", size, "--seed", str(seed), "--crm-port", str(crm.port))
    outcome = subprocess.run(services.python_module("demo", "prepare", *options), stdout=subprocess.PIPE, check=False)
    if outcome.returncode != 0:
        raise StepFailedError("The pretend estate could not be prepared; its own words stand above.")
    found: dict[str, str] = json.loads(outcome.stdout.decode().strip().splitlines()[-1])
    return found


def _take_on(found: dict[str, str]) -> None:
    """Make the stand-ins' addresses settings of this process and of every part it starts."""
    os.environ.update(found)  # noqa: TID251  The settings read them from there a line later.
    get_settings.cache_clear()


def _wait_until_stopped(settings: Settings) -> None:
    """Wait for Ctrl+C here, or for `anju down` in another window."""
    try:
        while any(True for _ in services.running_parts(settings)):
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        OUTPUT.print()
