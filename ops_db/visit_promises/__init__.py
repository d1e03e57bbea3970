"""Promised visits, kept or broken: one event each, beside the process."""
