"""A form that a manager of the demonstration designed, and codes in its houses that lead to it.

Everything goes through the use cases that the pages call. The next version of the form is left as a draft, so that its
designer has something to show.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any, Final

import psycopg

from demo.addresses import plain_address
from demo.signing_in import signed_in
from ops_db.accounts import service as accounts
from ops_db.engine import service_engine
from ops_db.forms import links, loading, service

FORM: Final = "shared_parts"
DESIGNED: Final = Path(__file__).with_name("shared_parts.yaml")
HOMES_FORM: Final = "report"
"""The form that is shipped: each home of the first building has a code of its own for it."""

MOST_BUILDINGS: Final = 12
"""More would hide the page of the form under its codes; the rest is for whoever looks at it."""

_DAYS_AGO: Final = dt.timedelta(days=20)
_BUILDINGS: Final = """
    select project.code, building.code
      from ops.building
      join ops.project on project.id = building.project_id
     order by project.code, building.code
     limit %s
"""
_PROJECTS: Final = "select code from ops.project order by code"
_HAS_FORM: Final = "select from ops.form_definition where key = %s limit 1"
_ADDED: Final = {
    "key": "again",
    "kind": "choice",
    "label": {"zh-CN": "以前报修过吗？", "en": "Was it reported before?"},
    "options": [
        {"code": "first", "label": {"zh-CN": "第一次", "en": "For the first time"}},
        {"code": "again", "label": {"zh-CN": "修过又坏了", "en": "It was repaired and broke again"}},
    ],
}
_BEFORE: Final = "homes"


def put_up(database_url: str, now: dt.datetime) -> int:
    """Design and publish the form, make its codes and those of one house, all or none; how many codes there are.

    Where the form is there already nothing is done.
    """
    with psycopg.connect(plain_address(database_url)) as connection:
        if connection.execute(_HAS_FORM, (FORM,)).fetchone() is not None:
            return 0
        projects = [code for (code,) in connection.execute(_PROJECTS).fetchall()]
        buildings = connection.execute(_BUILDINGS, (MOST_BUILDINGS,)).fetchall()
    wanted = [links.WantedPlace("project", code) for code in projects]
    wanted += [links.WantedPlace("building", project, building) for project, building in buildings]
    return asyncio.run(_put_up(database_url, wanted, links.WantedPlace("each_home", *buildings[0]), now))


async def _put_up(
    database_url: str, wanted: list[links.WantedPlace], homes: links.WantedPlace, now: dt.datetime
) -> int:
    designed = loading.data_in(DESIGNED.read_text(encoding="utf-8"))
    at = now - _DAYS_AGO
    engine = service_engine(database_url, pool_size=1, sees_every_project=True)
    try:
        async with engine.begin() as connection:
            manager = await signed_in(connection, "manager", at)
            begun = await service.begin(connection, FORM, actor=manager, now=at, data=_fields_of(designed))
            published = await service.publish(
                connection, FORM, revision=begun.row.revision, actor=manager, now=at + dt.timedelta(minutes=5)
            )
            for place in wanted:
                await links.make_links(connection, FORM, place, actor=manager, now=at)
            await links.make_links(connection, HOMES_FORM, homes, actor=manager, now=at)
            draft = await service.begin(connection, FORM, actor=manager, now=now)
            await service.save(
                connection,
                FORM,
                _with_question(published.definition),
                revision=draft.row.revision,
                actor=manager,
                now=now,
            )
            made = [
                *await links.links(connection, FORM, actor=manager),
                *await links.links(connection, HOMES_FORM, actor=manager),
            ]
            await accounts.sign_out(connection, actor=manager, now=now)
            return len(made)
    finally:
        await engine.dispose()


def _fields_of(designed: object) -> dict[str, Any]:
    if not isinstance(designed, dict):
        raise TypeError(f"{DESIGNED.name} holds no form.")
    return designed


def _with_question(definition: dict[str, Any]) -> dict[str, Any]:
    """The form with one question more, which its next version is about to ask."""
    fields = list(definition["fields"])
    at = next(index for index, one in enumerate(fields) if one["key"] == _BEFORE)
    return definition | {"fields": [*fields[:at], _ADDED, *fields[at:]]}
