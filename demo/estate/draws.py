"""Chance with a memory: the same seed and the same purpose always give the same draws, whatever else is drawn."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_HEX_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint8).reshape(256, 2)
# Where the two digits of each of the sixteen bytes stand in the text of a UUID; the dashes are in between.
_DIGITS_AT = np.array([i * 2 + (i > 3) + (i > 5) + (i > 7) + (i > 9) for i in range(16)])
_UUID_LENGTH = 36


def stream(seed: int, purpose: str, part: int = 0) -> np.random.Generator:
    """A generator for one purpose; streams of different purposes or parts are independent of each other."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), part])))


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Integers:
    """`count` indexes into `weights`, each drawn with the probability its weight says."""
    cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right"), dtype=np.int64)


def pick_from_groups(rng: np.random.Generator, offsets: Integers, groups: Integers) -> Integers:
    """For each group, none of them empty, an even draw from `offsets[group]` up to `offsets[group + 1]`."""
    first = offsets[groups]
    return np.asarray(first + np.floor(rng.random(len(groups)) * (offsets[groups + 1] - first)).astype(np.int64))


def around(rng: np.random.Generator, middle: Floats | float, spread: float, count: int) -> Floats:
    """Log-normal draws with median `middle`; `spread` is the standard deviation of the logarithm."""
    return np.asarray(middle * np.exp(rng.normal(0.0, spread, count)))


def uuids(rng: np.random.Generator, seconds: Integers) -> pl.Series:
    """UUIDs of version 7 as text, each carrying its moment, so that rows made together lie together in an index."""
    count = len(seconds)
    milliseconds = seconds.astype(np.uint64) * np.uint64(1000) + rng.integers(0, 1000, count).astype(np.uint64)
    random = rng.integers(0, 2**63, (count, 2)).astype(np.uint64)
    halves = np.empty((count, 2), dtype=">u8")
    halves[:, 0] = milliseconds << np.uint64(16) | np.uint64(0x7000) | random[:, 0] & np.uint64(0x0FFF)
    halves[:, 1] = np.uint64(1) << np.uint64(63) | random[:, 1] & np.uint64(2**62 - 1)
    digits = _HEX_PAIRS[halves.view(np.uint8).reshape(count, 16)]
    text = np.full((count, _UUID_LENGTH), ord("-"), dtype=np.uint8)
    text[:, _DIGITS_AT] = digits[:, :, 0]
    text[:, _DIGITS_AT + 1] = digits[:, :, 1]
    offsets = pa.py_buffer(np.arange(count + 1, dtype=np.int64) * _UUID_LENGTH)
    strings = pa.LargeStringArray.from_buffers(count, offsets, pa.py_buffer(text))
    return pl.Series(strings, dtype=pl.String)


def labels(choices: Sequence[str | None] | pl.Series, indexes: NDArray[np.integer]) -> pl.Series:
    """The text of each index; a negative index is null."""
    series = choices if isinstance(choices, pl.Series) else pl.Series(list(choices), dtype=pl.String)
    wanted = pl.Series(indexes.astype(np.int64))
    return series.gather(wanted.set(wanted < 0, None)) if (indexes < 0).any() else series.gather(wanted)


def instants(seconds: Integers, *, is_known: Flags | None = None) -> pl.Series:
    """Unix seconds as UTC datetimes; null where not known."""
    series = pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return series if is_known is None else series.set(pl.Series(~is_known), None)


def dates(days: Integers) -> pl.Series:
    """Days since 1970 as dates; a negative day is null."""
    series = pl.Series(days.astype(np.int32)).cast(pl.Date)
    return series.set(pl.Series(days < 0), None)
