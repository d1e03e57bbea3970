"""What a rule's try-out says is what happens: held against random rules and tickets, and against a plain reading."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.settings import Settings
from core.vocabulary import ActorKind, Channel, Permission, Severity, Trade
from ops_db.actor import SYSTEM, Actor, Grant
from ops_db.dispatch import service as dispatch
from ops_db.dispatch.facts import facts_of_rules
from ops_db.dispatch.suggesting import forget_rules, plan_for
from ops_db.engine import service_engine
from ops_db.personal_data import PersonalData
from ops_db.process_admin.rules import Conditions, which_process
from ops_db.tickets import repository as tickets
from ops_db.tickets.opening import DEFAULT_PROCESS, NewTicket, open_ticket
from ops_db.tickets.subject import Subject
from tests.watched_process import watched

T = TypeVar("T")

NOW: Final = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
MANAGER: Final = Actor(ActorKind.ACCOUNT, uuid7(), (Grant("manager", frozenset(Permission)),))
MOST_RULES: Final = 5
EXAMPLES: Final = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)

DEFECTS: Final = ("bath_waterproofing_leak", "lift_noise")

SETTING: Final = (
    "insert into ops.area (code, name) values ('EAST', 'E'), ('WEST', 'W'), ('FAR', 'F')",
    "update ops.project set area_id = (select id from ops.area where area.code = 'EAST') where code = 'HZ01'",
    """insert into ops.building (project_id, code, name, area_id)
       select project.id, '07', '7', area.id from ops.project, ops.area where area.code = 'WEST'""",
    "update ops.unit set handover_date = case room_number when '1801' then date '2025-06-01' else '2010-01-01' end",
    "update ops.building set completion_acceptance_date = date '2023-01-01' where code = '03'",
    # Beyond every other term, so that a ticket with this defect is in warranty and one of its component is not.
    """insert into ops.warranty_term (clock, defect_code, month_count, valid_from, note)
       select 'owner', code, 600, date '2000-01-01', 'x' from ops.defect where component_code = 'bath_waterproofing'""",
)

PLACES: Final = (
    ("HZ01", "03", "1801"),
    ("HZ01", "03", "1802"),
    ("HZ01", "03", None),
    ("HZ01", "07", None),
    ("HZ01", None, None),
    ("SH02", "03", "1801"),
    ("SH02", "07", None),
    ("SH02", None, None),
)


@st.composite
def drawn_ticket(draw: st.DrawFn) -> dict[str, Any]:
    """A place, a fault and a severity."""
    return {
        "place": draw(st.sampled_from(PLACES)),
        "defect": draw(st.sampled_from([*DEFECTS, None])),
        "severity": draw(st.sampled_from(list(Severity))),
    }


def drawn_rules(**conditions: list[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rules of which each names some of the conditions."""
    nothing: dict[str, Any] = dict.fromkeys(conditions)
    named = [{name: value} for name, values in conditions.items() for value in values]
    parts = st.lists(st.sampled_from(named), max_size=2)
    one = parts.map(lambda found: {name: value for part in (nothing, *found) for name, value in part.items()})
    return st.lists(one, max_size=MOST_RULES)


class House:
    """A database, and work done in it that is undone each time."""

    def __init__(self, url: str, engine: Engine, keys: Settings) -> None:
        self.runner = asyncio.Runner()
        self.engine = service_engine(url, sees_every_project=True)
        self.personal_data = PersonalData.of(keys)
        with engine.begin() as connection:
            for statement in SETTING:
                connection.execute(text(statement))
            for number in range(1, MOST_RULES + 1):
                connection.execute(
                    text("""insert into ops.process_definition (key, version, state, definition, published_at)
                            values (:key, 1, 'published', cast(:definition as jsonb), now())"""),
                    {"key": f"rule_{number}", "definition": _definition(f"rule_{number}")},
                )
            self.ids = {
                f"{kind}:{code}": id
                for kind, code, id in connection.execute(
                    text("""select 'project', code, id from ops.project union all
                            select 'area', code, id from ops.area union all
                            select 'crew', code, id from ops.crew""")
                )
            }
            self.faults = {
                row.code: row
                for row in connection.execute(
                    text("""select defect.code, component.code as component, component.trade, component.category_code
                              from ops.defect join ops.component on component.code = defect.component_code""")
                )
            }

    def undone(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """What `work` found; whatever it wrote is taken back."""

        async def go() -> T:
            async with self.engine.connect() as connection:
                try:
                    return await work(connection)
                finally:
                    await connection.rollback()

        return self.runner.run(go())

    def conditions(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """What rules can be held against of a ticket, read plainly."""
        project, building, room = ticket["place"]
        fault = self.faults.get(ticket["defect"])
        area = "WEST" if building == "07" else "EAST" if project == "HZ01" else None
        return {
            "project_id": self.ids[f"project:{project}"],
            "area_id": self.ids[f"area:{area}"] if area else None,
            "trade": fault.trade if fault else None,
            "category_code": fault.category_code if fault else None,
            "component_code": fault.component if fault else None,
            "is_public_area": room is None,
            "severity": ticket["severity"].value,
        }


def _definition(key: str) -> str:
    return json.dumps(watched() | {"key": key})


@pytest.fixture
def house(database_url: str, engine: Engine, settings: Settings) -> Iterator[House]:
    made = House(database_url, engine, settings)
    yield made
    made.runner.run(made.engine.dispose())
    made.runner.close()


def test_the_process_that_a_try_out_names_is_the_one_a_ticket_takes(house: House) -> None:
    met: set[str] = set()

    @EXAMPLES
    @given(
        drawn_rules(
            project_id=["project:HZ01", "project:SH02"],
            area_id=["area:EAST", "area:WEST", "area:FAR"],
            trade=["waterproofing", "lift"],
            category_code=["water"],
            is_public_area=[True, False],
            severity=["normal", "urgent"],
        ),
        drawn_ticket(),
    )
    def agree(rules: list[dict[str, Any]], ticket: dict[str, Any]) -> None:
        rules = [{name: house.ids.get(value, value) for name, value in rule.items()} for rule in rules]
        asked = house.conditions(ticket)
        expected = next(
            (
                f"rule_{number}"
                for number, rule in enumerate(rules, start=1)
                if all(value is None or asked[name] == value for name, value in rule.items())
            ),
            DEFAULT_PROCESS,
        )

        async def work(connection: AsyncConnection) -> tuple[str, str]:
            for number, rule in enumerate(rules, start=1):
                await connection.execute(_PROCESS_RULE, rule | {"position": number, "key": f"rule_{number}"})
            return await _said(connection, asked, ticket), await _taken(connection, ticket)

        assert house.undone(work) == (expected, expected)
        met.add(expected)

    agree()
    assert {DEFAULT_PROCESS, "rule_1", "rule_2"} <= met


_PROCESS_RULE = text("""
    insert into ops.process_rule (position, project_id, area_id, trade, category_code, is_public_area, severity,
                                  process_key)
    values (:position, :project_id, :area_id, :trade, :category_code, :is_public_area, :severity, :key)
""")


async def _said(connection: AsyncConnection, asked: Mapping[str, Any], ticket: Mapping[str, Any]) -> str:
    is_of_its_own = ticket["place"][1] == "07"
    conditions = Conditions(
        project_id=asked["project_id"],
        # Only a building with an area of its own has to say so; else the project's is known.
        area_id=asked["area_id"] if is_of_its_own else None,
        trade=Trade(asked["trade"]) if asked["trade"] else None,
        category_code=asked["category_code"],
        is_public_area=asked["is_public_area"],
        severity=Severity(asked["severity"]),
    )
    return (await which_process(connection, conditions, actor=MANAGER)).process_key


async def _taken(connection: AsyncConnection, ticket: Mapping[str, Any]) -> str:
    project, building, room = ticket["place"]
    place = await tickets.place(
        connection,
        process_key=DEFAULT_PROCESS,
        unit_code=f"{project}-{building}-{room}" if room else None,
        project_code=project,
        building_code=building,
        space_code=None,
        category_code=None,
        component_code=None,
        defect_code=ticket["defect"],
        severity=ticket["severity"].value,
        reported_at=NOW,
    )
    assert place is not None
    key = text("select key from ops.process_definition where id = :id")
    return str((await connection.execute(key, {"id": place.process_definition_id})).scalar_one())


def test_the_dispatch_rule_that_a_try_out_names_is_the_one_that_sends_a_ticket(house: House) -> None:
    met: set[int | None] = set()

    @EXAMPLES
    @given(
        drawn_rules(
            project_id=["project:HZ01", "project:SH02"],
            area_id=["area:EAST", "area:WEST"],
            category_code=["water"],
            component_code=["bath_waterproofing", "lift"],
            severity=["normal", "urgent"],
            is_public_area=[True, False],
            is_in_owner_warranty=[True, False],
            is_in_contractor_warranty=[True, False],
            crew_id=["crew:W1", "crew:P1"],
        ),
        drawn_ticket(),
    )
    def agree(rules: list[dict[str, Any]], ticket: dict[str, Any]) -> None:
        async def work(connection: AsyncConnection) -> tuple[int | None, int | None, Any, Any]:
            forget_rules(connection)
            for number, rule in enumerate(rules, start=1):
                values = {name: house.ids.get(value, value) for name, value in rule.items()}
                source = "named" if values["crew_id"] else "any"
                await connection.execute(_DISPATCH_RULE, values | {"position": number, "source": source})
            said = (await _tried(connection, ticket)).plan.rule
            taken, facts = await _sent(connection, ticket, house.personal_data)
            forget_rules(connection)
            wanted = {"dispatch_mode": said.mode.value, "dispatch_crew_id": _text(said.crew_id)} if said else {}
            return said and said.position, taken and taken.position, wanted, facts

        said, taken, wanted, facts = house.undone(work)
        assert said == taken
        assert wanted == facts
        met.add(said)

    agree()
    assert {None, 1, 2} <= met


_DISPATCH_RULE = text("""
    insert into ops.dispatch_rule (position, project_id, area_id, category_code, component_code, severity,
        is_public_area, is_in_owner_warranty, is_in_contractor_warranty, crew_id, crew_source, mode)
    values (:position, :project_id, :area_id, :category_code, :component_code, :severity,
        :is_public_area, :is_in_owner_warranty, :is_in_contractor_warranty, :crew_id, :source, 'suggest')
""")


def _text(id: object) -> str | None:
    return str(id) if id else None


async def _tried(connection: AsyncConnection, ticket: Mapping[str, Any]) -> dispatch.Trial:
    project, building, room = ticket["place"]
    return await dispatch.try_out(
        connection,
        project_code=project,
        building_code=building,
        room_number=room,
        category_code=None,
        component_code=None,
        defect_code=ticket["defect"],
        severity=ticket["severity"],
        actor=MANAGER,
        now=NOW,
    )


async def _sent(connection: AsyncConnection, ticket: Mapping[str, Any], keys: PersonalData) -> tuple[Any, Any]:
    """The rule that decides for a ticket really opened, and what its process knows of dispatch."""
    project, building, room = ticket["place"]
    new = NewTicket(
        channel=Channel.DESK,
        description="渗水",
        unit_code=f"{project}-{building}-{room}" if room else None,
        project_code=None if room else project,
        building_code=None if room else building,
        defect_code=ticket["defect"],
        severity=ticket["severity"],
    )
    opened = await open_ticket(connection, new, actor=SYSTEM, now=NOW, personal_data=keys)
    rule = (await plan_for(connection, opened.id, now=NOW)).rule
    row = (
        await connection.execute(
            text("""select id as ticket_id, project_id, building_id, unit_id, category_code, component_code,
                           defect_code, severity, reported_at from ops.ticket where id = :id"""),
            {"id": opened.id},
        )
    ).one()
    return rule, dict(await facts_of_rules(connection, Subject(**row._mapping)))
