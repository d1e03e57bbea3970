"""Addresses of databases."""

from __future__ import annotations

from demo.addresses import neighbour_address, plain_address

OWN = "postgresql+psycopg://anju:p%40ss@127.0.0.1:5433/anju?sslmode=disable"


def test_the_driver_is_left_out_and_everything_else_kept() -> None:
    assert plain_address(OWN) == "postgresql://anju:p%40ss@127.0.0.1:5433/anju?sslmode=disable"


def test_a_neighbour_is_on_the_same_server_under_the_same_name() -> None:
    assert neighbour_address(OWN, "ledger") == "postgresql://anju:p%40ss@127.0.0.1:5433/ledger?sslmode=disable"
