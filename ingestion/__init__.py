"""Sources into raw: one module a source, contracts, landing, quarantine.

What belongs here: reading a source as it is, and saying of every row whether it was loaded or why not.
What does not: repairing, deduplicating and joining (transforms), and any knowledge of Dagster or SQLAlchemy.
"""
