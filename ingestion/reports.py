"""What one run over a source did, for people and for orchestration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.landing import Manifest
from ingestion.quarantine import HeldFile

Progress = Callable[[str, int], None]
"""Called with an entity or file and the rows of it that are through."""


def no_progress(subject: str, row_count: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class LandingReport:
    """What was landed, what was refused, and what was not touched. Sums are over `batches`."""

    source: str
    batches: list[Manifest] = field(default_factory=list)
    held: list[HeldFile] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @property
    def rows_in(self) -> int:
        """Rows that came in with the committed batches."""
        return sum(batch.rows_in for batch in self.batches)

    @property
    def rows_loaded(self) -> int:
        """Rows that are in raw now."""
        return sum(batch.rows_loaded for batch in self.batches)

    @property
    def rows_quarantined(self) -> int:
        """Rows that were refused, each with its rule."""
        return sum(batch.rows_quarantined for batch in self.batches)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was refused: no row and no file."""
        return self.rows_quarantined == 0 and not self.held

    def merge(self, other: LandingReport) -> None:
        """Take in what another run over the same source did."""
        self.batches += other.batches
        self.held += other.held
        self.waiting += other.waiting
        self.unchanged += other.unchanged
        self.messages += other.messages
