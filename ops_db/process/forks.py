"""Paths of parallel work: `fork` of a token names the splits it runs within, `split:branch` each, joined by `/`."""

from __future__ import annotations


def inside(fork: str, split: str, branch: int) -> str:
    """The path within one more split."""
    step = f"{split}:{branch}"
    return f"{fork}/{step}" if fork else step


def outside(fork: str) -> tuple[str, str]:
    """The path outside the innermost split, and the key of that split."""
    outer, _, innermost = fork.rpartition("/")
    return outer, innermost.partition(":")[0]


def depth(fork: str) -> int:
    """Within how many splits a path runs."""
    return fork.count("/") + 1 if fork else 0


def left_when_returning(fork: str, to_depth: int) -> tuple[str | None, str]:
    """What every path begins with that is left by going back to `to_depth`, None if nothing is; and the path then."""
    if depth(fork) <= to_depth:
        return None, fork
    parts = fork.split("/")
    kept = "/".join(parts[:to_depth])
    return inside(kept, parts[to_depth].partition(":")[0], 0)[:-1], kept
