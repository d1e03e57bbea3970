"""A pretend property group: generated from a seed, with planted faults and the truth about them."""
