"""Measured figures: values of several rounds, their spread, and what they say of a goal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from tests.bench.estates import Estates

Verdict = Literal["met", "missed", "inconclusive"]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be."""

    limit: float
    is_most: bool = True

    def verdict(self, values: tuple[float, ...]) -> Verdict:
        """Met or missed when every round says so; inconclusive when the goal lies within the spread."""
        reached = [value <= self.limit if self.is_most else value >= self.limit for value in values]
        if all(reached):
            return "met"
        return "inconclusive" if any(reached) else "missed"

    def __str__(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured once a round."""

    name: str
    unit: str
    values: tuple[float, ...]
    goal: Goal | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What the rounds say of the goal."""
        return self.goal.verdict(self.values) if self.goal else None

    def as_dict(self) -> dict[str, Any]:
        """The figure for a program to read."""
        return asdict(self) | {
            "median": statistics.median(self.values),
            "least": min(self.values),
            "most": max(self.values),
            "verdict": self.verdict,
        }


@dataclass(slots=True)
class Rounds:
    """Figures collected round by round, in the order they were first met."""

    units: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str) -> None:
        """Note one value of this round."""
        self.units[name] = unit
        self.values.setdefault(name, []).append(value)

    def figures(self, goals: Mapping[str, Goal]) -> list[Figure]:
        """All figures, with the goals that were set for some."""
        unknown = goals.keys() - self.values.keys()
        assert not unknown, f"Goals for figures that were not measured: {sorted(unknown)}"
        return [Figure(name, self.units[name], tuple(values), goals.get(name)) for name, values in self.values.items()]


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found; `agreed` says how it was checked that floor and ours did the same."""

    bench: str
    title: str
    agreed: str
    figures: list[Figure]

    def as_dict(self) -> dict[str, Any]:
        """The report for a program to read."""
        return {
            "bench": self.bench,
            "title": self.title,
            "agreed": self.agreed,
            "figures": [figure.as_dict() for figure in self.figures],
        }

    def print(self, console: Console) -> None:
        """The report as a table."""
        table = Table(title=f"{self.bench}: {self.title}", caption=self.agreed, title_justify="left")
        for heading in ("figure", "unit"):
            table.add_column(heading)
        for heading in ("median", "least", "most", "rounds", "goal"):
            table.add_column(heading, justify="right")
        table.add_column("verdict")
        for figure in self.figures:
            found = figure.as_dict()
            numbers = [f"{found[name]:,.4g}" for name in ("median", "least", "most")]
            goal, verdict = str(figure.goal or ""), figure.verdict or ""
            table.add_row(figure.name, figure.unit, *numbers, str(len(figure.values)), goal, verdict)
        console.print(table)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `is_quick` asks for small sizes that prove the benchmark and measure nothing."""

    rounds: int
    is_quick: bool
    estates: Estates

    def judged_by(self, goals: dict[str, Goal]) -> dict[str, Goal]:
        """The goals, none when the sizes are too small to judge by."""
        return {} if self.is_quick else goals

    def count(self, tell: Tell) -> Iterator[int]:
        """The rounds, each announced."""
        for number in range(1, self.rounds + 1):
            tell(f"round {number} of {self.rounds}")
            yield number
