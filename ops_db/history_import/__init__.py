"""Tickets of an older system, loaded in bulk from the canonical frame."""
