"""Addresses of databases: the service spells its driver out, psycopg and other readers do not."""

from __future__ import annotations

from urllib.parse import urlsplit


def plain_address(database_url: str) -> str:
    """`postgresql+psycopg://…` as `postgresql://…`."""
    return urlsplit(database_url)._replace(scheme="postgresql").geturl()


def neighbour_address(database_url: str, database: str) -> str:
    """The plain address of another database on the same server."""
    return urlsplit(database_url)._replace(scheme="postgresql", path=f"/{database}").geturl()
