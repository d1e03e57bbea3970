"""`python -m tests.bench`: measure Anju beside its floors, print tables and write `bench-results/<name>.json`."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import platform
from typing import Annotated, Any, Final

import psutil
import typer
from rich.console import Console

from tests.bench.estates import Estates
from tests.bench.figures import Effort, Report
from tests.service_process import ROOT

BENCHES: Final = ("extraction", "create", "timers", "pipeline", "drill", "interpreter", "act", "export")
RESULTS: Final = ROOT / "bench-results"

console = Console(width=120)


def bench(
    names: Annotated[list[str] | None, typer.Argument(help=f"Some of {', '.join(BENCHES)}; all without any.")] = None,
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each; floor and ours take turns in every one.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, to see that it runs; measures nothing.")] = False,
) -> None:
    """Measure Anju beside its floors. Absolute times are this machine's; ratios carry over."""
    unknown = set(names or ()) - set(BENCHES)
    if unknown:
        raise typer.BadParameter(f"There is no benchmark {', '.join(sorted(unknown))}. Use {', '.join(BENCHES)}.")
    with Estates() as estates:
        for name in names or BENCHES:
            busy = os.getloadavg()[0]
            report = _measure(name, Effort(rounds, quick, estates))
            report.print(console)
            _write(name, report.as_dict() | {"is_quick": quick, "load_before": busy})


def _measure(name: str, effort: Effort) -> Report:
    module = importlib.import_module(f"tests.bench.{name}")
    with console.status(name) as status:
        report: Report = module.measure(effort, lambda what: status.update(f"{name}: {what}"))
    return report


def _write(name: str, found: dict[str, Any]) -> None:
    memory = psutil.virtual_memory().total
    machine = {"cores": os.cpu_count(), "memory_bytes": memory, "python": platform.python_version()}
    about = {"measured_at": dt.datetime.now(dt.UTC).isoformat(), "machine": machine}
    file = RESULTS / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{json.dumps(about | found, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
    console.print(f"Written to {file.relative_to(ROOT)}.")


if __name__ == "__main__":
    typer.run(bench)
