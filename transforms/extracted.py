"""What every current row of an extracted operational table has in the clean zone."""

from __future__ import annotations

import dataframely as dy


def instant(*, nullable: bool = False, primary_key: bool = False) -> dy.Datetime:
    """A moment in UTC, to the microsecond."""
    return dy.Datetime(nullable=nullable, primary_key=primary_key, time_unit="us", time_zone="UTC")


class Extracted(dy.Schema):
    """What every extracted table has: the transaction that wrote the row last."""

    changed_xid = dy.Int64()
