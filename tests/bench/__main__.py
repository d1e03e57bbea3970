"""`python -m tests.bench`: measure Anju beside its floors, print tables and write `bench-results/bench.json`."""

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

BENCHES: Final = ("extraction", "create", "pipeline", "drill")
RESULTS: Final = ROOT / "bench-results" / "bench.json"

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
    results: dict[str, Any] = {"measured_at": dt.datetime.now(dt.UTC).isoformat(), "is_quick": quick, "reports": []}
    with Estates() as estates:
        for name in names or BENCHES:
            busy = os.getloadavg()[0]
            report = _measure(name, Effort(rounds, quick, estates))
            report.print(console)
            results["reports"].append(report.as_dict() | {"load_before": busy})
            _write(results)
    console.print(f"Written to {RESULTS.relative_to(ROOT)}.")


def _measure(name: str, effort: Effort) -> Report:
    module = importlib.import_module(f"tests.bench.{name}")
    with console.status(name) as status:
        report: Report = module.measure(effort, lambda what: status.update(f"{name}: {what}"))
    return report


def _write(results: dict[str, Any]) -> None:
    memory = psutil.virtual_memory().total
    machine = {"cores": os.cpu_count(), "memory_bytes": memory, "python": platform.python_version()}
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps(results | {"machine": machine}, indent=1, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(bench)
