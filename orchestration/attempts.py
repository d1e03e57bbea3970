"""What the last attempt to publish found: kept for the cockpits' badge and for `anju pipeline publish-status`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

from core.settings import Settings

LAST_ATTEMPT: Final = "last_attempt.json"


def record_attempt(
    settings: Settings, build_id: str, gates: list[dict[str, Any]], *, now: dt.datetime, is_published: bool
) -> None:
    """Keep what the gates said of a build, published or not."""
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    record = {"build_id": build_id, "attempted_at": now.isoformat(), "is_published": is_published, "gates": gates}
    replace_json(settings.warehouse / LAST_ATTEMPT, record)


def last_attempt(settings: Settings) -> dict[str, Any] | None:
    """What the last attempt found, None before the first."""
    try:
        found: dict[str, Any] = json.loads((settings.warehouse / LAST_ATTEMPT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def replace_json(path: Path, content: Any) -> None:
    """Write JSON beside its place and rename it into it, so that a reader never meets half a file."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(json.dumps(content, indent=1, default=str, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(path)
