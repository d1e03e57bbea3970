"""The pretend outside world: an estate generated from a seed, with planted faults, and small systems around it.

`demo.estate.generate(size, seed, now)` returns an `Estate`: polars frames by the table names of the schema ops, and the
truth about what was planted. `demo.estate.load.load(estate, database_url, settings)` writes it into a migrated and
seeded database. For a benchmark of its own size pass a `Size`; `Estate.ticket_parts()` yields tickets part by part, so
memory stays flat however many there are.
"""
