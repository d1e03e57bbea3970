"""A pretend property group: generated from a seed, with planted faults and the truth about them."""

from demo.estate.generate import Estate, generate
from demo.estate.sizes import SIZES, Size

__all__ = ["SIZES", "Estate", "Size", "generate"]
