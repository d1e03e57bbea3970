"""Dagster wiring and the `anju` command. Thin: whatever has a rule in it belongs to another room."""
