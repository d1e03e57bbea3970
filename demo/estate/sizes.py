"""How large a pretend property group is."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """Counts that the generator meets exactly, but for homes, which buildings round."""

    name: str
    project_count: int
    home_count: int
    ticket_count: int
    contractor_count: int
    technicians_per_project: int
    agent_count: int
    meter_count: int
    chunk_tickets: int = 50_000


SIZES: Final = MappingProxyType(
    {
        size.name: size
        for size in (
            Size("small", 8, 2_000, 8_000, 15, 4, 6, 40),
            Size("medium", 20, 40_000, 200_000, 22, 8, 24, 200),
            Size("large", 40, 200_000, 1_000_000, 30, 16, 80, 400),
        )
    }
)


def named_size(size: str | Size) -> Size:
    """The size of that name; a Size passes through, so that a benchmark can ask for its own."""
    if isinstance(size, Size):
        return size
    if size not in SIZES:
        raise ValueError(f"There is no size {size!r}. Use one of {', '.join(SIZES)}.")
    return SIZES[size]
