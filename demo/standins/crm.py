"""The CRM: customers and homes over REST, page by page, behind a token, now and then too busy or broken.

A page ends with a cursor that names its last row, so rows that change meanwhile are neither lost nor given twice.
"""

from __future__ import annotations

import base64
import bisect
import datetime as dt
import hashlib
import json
import random
import secrets
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Any, Final

import polars as pl
from fastapi import FastAPI, Header, Query, Response
from fastapi.responses import JSONResponse

from demo.estate.generate import Estate

PATH_PREFIX: Final = "/api/v1"
_LARGEST_PAGE: Final = 500
_BUSY_SHARE, _BROKEN_SHARE = 0.03, 0.02
_DIRTY_SHARE: Final = 0.12
_CHINA: Final = dt.timezone(dt.timedelta(hours=8))
# The full-width forms of ASCII lie at a fixed distance.
_FULL_WIDTH: Final = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789-"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """Rows in the order of (updated_at, id), and that order as keys."""

    rows: tuple[Row, ...]
    keys: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, rows: list[Row], identity: str) -> Records:
        """Sort rows by when they changed; instants are all written alike, so their text sorts as they do."""
        ordered = sorted(rows, key=lambda row: (row["updated_at"], row[identity]))
        return cls(tuple(ordered), tuple((row["updated_at"], row[identity]) for row in ordered))

    def page(self, after: tuple[str, str] | None, since: str | None, limit: int) -> tuple[list[Row], str | None]:
        """Up to `limit` rows behind a key, and the cursor of the next page if there is one."""
        first = 0 if since is None else bisect.bisect_left(self.keys, (since, ""))
        if after is not None:
            first = max(first, bisect.bisect_right(self.keys, after))
        last = min(first + limit, len(self.rows))
        return list(self.rows[first:last]), _cursor(self.keys[last - 1]) if last < len(self.rows) else None


def create_crm(estate: Estate, token: str, *, seed: int = 7, is_moody: bool = True) -> FastAPI:
    """The CRM of an estate; a moody one answers every twentieth request or so with 429 or 500."""
    tables = {
        "customers": Records.of(_customers(estate, seed), "id"),
        "homes": Records.of(_homes(estate, seed), "home"),
    }
    mood, requests = random.Random(f"{seed} mood"), count()  # noqa: S311  A stand-in's moods guard nothing.
    app = FastAPI(title="CRM", openapi_url=None)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(f"{PATH_PREFIX}/{{table}}")
    def page(
        table: str,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 200,
        cursor: str | None = None,
        updated_since: dt.datetime | None = None,
        authorization: Annotated[str, Header()] = "",
    ) -> Response:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            return JSONResponse({"error": "unauthorized"}, 401, headers={"WWW-Authenticate": "Bearer"})
        if table not in tables:
            return JSONResponse({"error": "not_found"}, 404)
        # The first request is always answered, so that a connection can be tried out.
        chance = mood.random() if is_moody and next(requests) else 1.0
        if chance < _BUSY_SHARE:
            return JSONResponse({"error": "too_many_requests"}, 429, headers={"Retry-After": "1"})
        if chance < _BUSY_SHARE + _BROKEN_SHARE:
            return JSONResponse({"error": "internal"}, 500)
        try:
            after = _key(cursor) if cursor else None
        except ValueError:
            return JSONResponse({"error": "bad_cursor"}, 400)
        since = _written(updated_since) if updated_since else None
        items, following = tables[table].page(after, since, limit)
        return JSONResponse({"items": items, "next_cursor": following})

    return app


def _customers(estate: Estate, seed: int) -> list[Row]:
    members = estate.frames["household_member"].join(estate.frames["person"], left_on="person_id", right_on="id")
    members = members.join(estate.frames["unit"].select(unit_id="id", home="code"), on="unit_id")
    homes_of = members.with_columns(nth=pl.int_range(pl.len()).over("person_id"))
    rows = []
    for row in homes_of.iter_rows(named=True):
        # Somebody with two homes is two customers to the CRM.
        identity = row["crm_key"] if row["nth"] == 0 else f"{row['crm_key']}-{row['nth'] + 1}"
        chance = _chance(seed, identity)
        rows.append(
            {
                "id": identity,
                "home": _as_typed(row["home"], chance),
                "name": row["name"],
                "phone": _phone_as_typed(row["phone"], chance),
                "kind": row["role"],
                "since": row["since_date"].isoformat(),
                "updated_at": _changed(row["since_date"], estate.now, chance),
            }
        )
    for row, (name, value) in zip(
        rows[100::400], (("kind", "guest"), ("since", "2023-13-45"), ("home", "")), strict=False
    ):
        row[name] = value
    return rows


def _homes(estate: Estate, seed: int) -> list[Row]:
    units = estate.frames["unit"]
    types = estate.frames["unit_type"].select(unit_type_id="id", plan="code", area="area_m2")
    projects = estate.frames["project"].select(project_id="id", project="code")
    buildings = estate.frames["building"].select(building_id="id", building="code")
    joined = units.join(types, on="unit_type_id").join(projects, on="project_id").join(buildings, on="building_id")
    rows = []
    for row in joined.iter_rows(named=True):
        chance = _chance(seed, row["code"])
        handed_over = row["handover_date"]
        sold = (handed_over or estate.now.date()) - dt.timedelta(days=chance.randint(300, 900))
        rows.append(
            {
                "home": row["code"],
                "project": row["project"],
                "building": row["building"],
                "unit_type": row["plan"],
                "area_m2": float(row["area"]),
                "sold_on": sold.isoformat() if chance.random() > 0.02 else None,
                "handed_over_on": handed_over.isoformat() if handed_over else None,
                "updated_at": _changed(handed_over or sold, estate.now, chance),
            }
        )
    return rows


def _chance(seed: int, name: str) -> random.Random:
    return random.Random(f"{seed} {name}")  # noqa: S311  Made-up data.


def _as_typed(code: str, chance: random.Random) -> str:
    """A home as people type it."""
    if chance.random() > _DIRTY_SHARE:
        return code
    project, building, room = code.split("-")
    ways = (
        f"{project}-{int(building)}栋-{room}",
        f"{project.lower()}/{building}/{room}",
        code.translate(_FULL_WIDTH),
        f" {code} ",
    )
    return chance.choice(ways)


def _phone_as_typed(phone: str, chance: random.Random) -> str:
    return f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}" if chance.random() < 0.1 else phone


def _changed(since: dt.date, now: dt.datetime, chance: random.Random) -> str:
    """Somewhere between then and now; one in ten changed lately."""
    first = dt.datetime.combine(since, dt.time(9), _CHINA)
    share = 1 - chance.random() * 0.05 if chance.random() < 0.1 else chance.random() * 0.3
    return _written(first + max(now - first, dt.timedelta()) * share)


def _written(moment: dt.datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)
    return aware.astimezone(_CHINA).isoformat(timespec="seconds")


def _cursor(key: tuple[str, str]) -> str:
    text = json.dumps(key)
    return base64.urlsafe_b64encode(f"{_check(text)}{text}".encode()).decode()


def _key(cursor: str) -> tuple[str, str]:
    text = base64.urlsafe_b64decode(cursor.encode()).decode()
    if text[:8] != _check(text[8:]):
        raise ValueError("this cursor was not given out here")
    updated_at, identity = json.loads(text[8:])
    return updated_at, identity


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
