"""The gates between the zones: volume, drift, freshness, reconciliation with the source, parity of the clock.

A gate reads what was made and says what is wrong; it changes nothing. Great Expectations and pandas live here alone.
What one row must look like is checked in `transforms/schemas.py`, keys and flags of marts by dbt.
"""
