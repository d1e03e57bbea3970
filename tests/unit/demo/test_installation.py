"""Preparing an installation for the demonstration: once, and again only what an interruption left undone."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from core.settings import Settings
from demo import installation
from demo.codes import FORM, MOST_BUILDINGS, put_up
from demo.estate.generate import generate
from demo.estate.load import LoadError
from demo.estate.sizes import Size
from demo.installation import Plan, prepare, recall
from demo.walks import WALKS, walk
from ops_db.actor import SYSTEM
from ops_db.areas import service as areas
from ops_db.clock import recounting
from ops_db.engine import worker_engine
from ops_db.seed import seed

NOW = dt.datetime(2026, 3, 18, 9, 30, tzinfo=dt.UTC)
TINY = Size("tiny", 3, 240, 700, 15, 4, 6, 20)


@pytest.fixture
def seeded_url(database_url: str) -> str:
    """A migrated and seeded database."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        seed(connection, now=NOW)
    engine.dispose()
    return database_url


@pytest.fixture(autouse=True)
def _tiny_estates(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setattr(installation, "generate", lambda _size, seed, now: generate(TINY, seed, now))
    # Tests share one server, so each needs a finance database of its own name.
    own = database_url.rsplit("/", 1)[1].replace("test_", "finance_")
    monkeypatch.setattr(installation, "DATABASE", own)


def counted(url: str, table: str) -> int:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        found = connection.execute(f"select count(*) from {table}").fetchone()
    assert found is not None
    return int(found[0])


def test_an_empty_installation_is_filled_once(seeded_url: str, anju_home: Path) -> None:
    settings = Settings()
    plan = Plan("small", 5, NOW)

    held, finance_url = prepare(settings, seeded_url, plan)

    assert held == plan == recall(settings)
    assert counted(seeded_url, "ops.ticket") == TINY.ticket_count + len(WALKS)
    assert counted(finance_url, "payment") > 300
    dropped = {path.parent.name for path in settings.inbox.rglob("*.done")}
    assert dropped == {"erp", "calls", "meters"}

    later = Plan("small", 6, NOW + dt.timedelta(days=9))
    assert prepare(settings, seeded_url, later) == (plan, finance_url)


def test_what_an_interruption_left_undone_is_done_by_the_next_run(
    seeded_url: str, anju_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    plan = Plan("small", 5, NOW)

    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(installation, "create_ledger", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare(settings, seeded_url, plan)
    assert counted(seeded_url, "ops.ticket") == TINY.ticket_count
    assert not settings.inbox.exists()

    _, finance_url = prepare(settings, seeded_url, Plan("small", 6, NOW))

    assert counted(seeded_url, "ops.ticket") == TINY.ticket_count + len(WALKS)
    assert counted(finance_url, "payment") > 300
    assert any(settings.inbox.rglob("*.done"))


def test_projects_of_somebody_else_are_left_alone(seeded_url: str, anju_home: Path) -> None:
    with psycopg.connect(seeded_url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute("insert into ops.project (code, name, city) values ('BJ01', '别家', '北京')")
    with pytest.raises(LoadError, match="not the demonstration's"):
        prepare(Settings(), seeded_url, Plan("small", 5, NOW))


def test_tickets_of_one_project_walk_through_the_process_of_a_property_company(
    seeded_url: str, anju_home: Path
) -> None:
    settings = Settings()
    prepare(settings, seeded_url, Plan("small", 5, NOW))

    with psycopg.connect(seeded_url.replace("postgresql+psycopg", "postgresql")) as connection:
        asked = connection.execute("select distinct role_code from ops.approval where state = 'pending'").fetchall()
        told = connection.execute("select distinct recipient_kind from ops.notice").fetchall()
        at = connection.execute("""
            select distinct task.node_key from ops.task
              join ops.ticket on ticket.id = task.ticket_id
              join ops.process_definition on process_definition.id = ticket.process_definition_id
             where task.state = 'open' and process_definition.key = 'property_repair'
        """).fetchall()

    assert {role for (role,) in asked} >= {"finance", "property_lead", "area_lead", "executive"}
    assert {kind for (kind,) in told} >= {"owner", "role"}
    waiting = {"property_review", "area_review", "finance_approval", "structural_approval", "purchase", "repair"}
    assert {node for (node,) in at} >= waiting
    assert walk(seeded_url, settings, NOW) == []


def test_repairs_within_homes_go_to_the_lead_of_their_area_and_no_area_wants_anything(
    seeded_url: str, anju_home: Path
) -> None:
    prepare(Settings(), seeded_url, Plan("small", 5, NOW))

    with psycopg.connect(seeded_url.replace("postgresql+psycopg", "postgresql")) as connection:
        given = connection.execute("""
            select account.login, area.code from ops.task
              join ops.ticket on ticket.id = task.ticket_id
              join ops.project on project.id = ticket.project_id
              join ops.area on area.id = project.area_id and area.lead_staff_id = task.assignee_id
              join ops.account on account.staff_id = task.assignee_id
             where task.node_key = 'area_review' and ticket.unit_id is not null
        """).fetchall()
        of_area = connection.execute(
            "select count(*), count(area_id), count(distinct area_id) from ops.project"
        ).fetchone()
    assert [login for login, _ in given] == ["area.lead"] * 3
    assert of_area == (TINY.project_count, TINY.project_count, 3)

    async def looked_at() -> tuple[list[object], int]:
        engine = worker_engine(seeded_url, pool_size=1)
        try:
            async with engine.begin() as connection:
                wants = (await areas.overview(connection, actor=SYSTEM)).wants
                return [want for want in wants if want.gaps], (
                    await recounting.preview(connection, "default", actor=SYSTEM)
                ).moved
        finally:
            await engine.dispose()

    # What the estate says is due is what the service would say.
    assert asyncio.run(looked_at()) == ([], 0)


def test_the_houses_have_codes_of_a_form_that_somebody_designed_and_goes_on_designing(
    seeded_url: str, anju_home: Path
) -> None:
    prepare(Settings(), seeded_url, Plan("small", 5, NOW))

    with psycopg.connect(seeded_url.replace("postgresql+psycopg", "postgresql")) as connection:
        states = connection.execute(
            "select state, jsonb_array_length(definition -> 'fields') from ops.form_definition where key = %s "
            "order by version",
            (FORM,),
        ).fetchall()
        places = connection.execute("""
            select count(*) filter (where building_id is null), count(*) filter (where building_id is not null)
              from ops.form_link where form_key = 'shared_parts'
        """).fetchone()
        built = connection.execute(
            "select (select count(*) from ops.project), (select count(*) from ops.building)"
        ).fetchone()

    assert [state for state, _ in states] == ["published", "draft"]
    assert states[1][1] == states[0][1] + 1
    assert built is not None
    assert places == (built[0], min(built[1], MOST_BUILDINGS))
    assert put_up(seeded_url, NOW) == 0
