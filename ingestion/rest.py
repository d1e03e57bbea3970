"""REST interfaces as feeds: paging, retries and sign-in by dlt's `rest_api`, declared in YAML beside this module.

Only its resources are used. Batches, cursor and schema are ours: none of dlt's pipelines, state or telemetry runs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict

from core.settings import Settings
from ingestion import landing
from ingestion.contracts import Contract, contract_named
from ingestion.dropped_files import lock_of
from ingestion.errors import SourceUnreachableError
from ingestion.records import land_records
from ingestion.reports import LandingReport, Progress

FEEDS: Final = Path(__file__).parent / "feeds"

_ATTEMPTS: Final = 6
_LONGEST_DELAY_SECONDS: Final = 60
_ROWS_BETWEEN_PROGRESS: Final = 1_000


class RestFeed(BaseModel):
    """One interface: dlt's configuration of client and resources, and how to ask for what changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    changed_since: str
    cursor_column: str
    look_back_minutes: int
    client: dict[str, Any]
    resources: tuple[dict[str, Any], ...]

    @property
    def entities(self) -> tuple[str, ...]:
        """What it lands."""
        return tuple(resource["name"] for resource in self.resources)


@cache
def rest_feed(source: str) -> RestFeed:
    """The declared interface of a source."""
    return RestFeed.model_validate(yaml.safe_load((FEEDS / f"{source}.yaml").read_text(encoding="utf-8")))


def land_rest(
    settings: Settings,
    feed: RestFeed,
    *,
    base_url: str,
    token: str | None,
    now: dt.datetime,
    progress: Progress,
    is_complete: bool = False,
) -> LandingReport:
    """Land what changed in every resource since its last batch, or everything if `is_complete`.

    Each resource is read to its end before a row of it lands. Raises SourceUnreachableError when, after retries, the
    interface refuses or does not answer as agreed.
    """
    report = LandingReport(feed.source)
    with lock_of(settings, feed.source):
        for resource in feed.resources:
            contract = contract_named(resource["name"])
            landing.sweep(settings.raw, contract.entity)
            previous = None if is_complete else landing.latest(settings.raw, contract.entity, origin="rest")
            known = _cursor_of(previous)
            since = known - dt.timedelta(minutes=feed.look_back_minutes) if known else None
            items = list(_items(feed, resource, base_url=base_url, token=token, since=since, progress=progress))
            progress(contract.entity, len(items))
            if not items:
                report.unchanged.append(f"{base_url} has nothing new for {contract.entity}.")
                continue
            land_records(
                settings,
                contract,
                _as_text(items),
                report=report,
                origin="rest",
                source_file=f"{feed.source}:/{resource['endpoint']['path']}",
                now=now,
                cursor={feed.cursor_column: _newest(feed, contract, items, known)},
            )
    return report


def _items(
    feed: RestFeed,
    resource: dict[str, Any],
    *,
    base_url: str,
    token: str | None,
    since: dt.datetime | None,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    # Imported here, since it takes a second and no other source needs it.
    from dlt.sources.helpers.requests import Client  # noqa: PLC0415
    from dlt.sources.rest_api import rest_api_resources  # noqa: PLC0415  dlt takes seconds to import.

    session = Client(
        raise_for_status=False,
        request_max_attempts=_ATTEMPTS,
        request_backoff_factor=0.2,
        request_max_retry_delay=_LONGEST_DELAY_SECONDS,
    ).session
    sign_in = {"auth": {"type": "bearer", "token": token}} if token else {}
    asked = {feed.changed_since: since.isoformat()} if since else {}
    endpoint = resource["endpoint"] | {"params": resource["endpoint"].get("params", {}) | asked}
    client = {"base_url": base_url.rstrip("/") + "/", "session": session} | sign_in | feed.client
    configuration: Any = {"client": client, "resources": [resource | {"endpoint": endpoint}]}
    (pages,) = rest_api_resources(configuration)
    try:
        for number, item in enumerate(pages, start=1):
            if number % _ROWS_BETWEEN_PROGRESS == 0:
                progress(resource["name"], number)
            yield item
    except Exception as error:
        message = f"{base_url} did not answer as agreed for {resource['name']}: {_innermost(error)}"
        raise SourceUnreachableError(message) from error


def _innermost(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)


def _as_text(items: list[dict[str, Any]]) -> pl.DataFrame:
    """Items as text columns; what is no plain value stays JSON."""
    names = list(dict.fromkeys(name for item in items for name in item))
    return pl.DataFrame({name: pl.Series([_text(item.get(name)) for item in items], dtype=pl.String) for name in names})


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cursor_of(previous: landing.Manifest | None) -> dt.datetime | None:
    known = next(iter((previous.cursor or {}).values()), None) if previous else None
    return dt.datetime.fromisoformat(known) if known else None


def _newest(feed: RestFeed, contract: Contract, items: list[dict[str, Any]], known: dt.datetime | None) -> str | None:
    """The latest change that was seen; a time that cannot be read is its row's fault and moves nothing."""
    column = contract.columns[feed.cursor_column]
    spelled = next(name for name in (feed.cursor_column, *column.spelled) if name in items[0])
    times = [found for item in items if (found := _instant(item.get(spelled)))]
    newest = max([*times, *([known] if known else [])], default=None)
    return newest.isoformat() if newest else None


def _instant(value: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
