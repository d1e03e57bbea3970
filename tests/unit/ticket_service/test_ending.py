"""How a ticket ends with money and material on it: settled where its process asks, and with nothing kept for it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from core.vocabulary import CostKind, CostPayer, Permission
from core.work_vocabulary import MaterialMove
from ops_db.actor import SYSTEM
from ops_db.costs.service import NewCost, enter_cost, reverse_cost
from ops_db.engine import worker_engine
from ops_db.material.service import WantedLine, move_material, request_material
from ops_db.settlement.ending import CostsNotSettled
from ops_db.settlement.service import settle
from ops_db.tickets.acting import act
from ops_db.tickets.standing import standing_of
from tests.direct_house import START, House
from tests.watched_process import task, words

LABOUR = NewCost(kind=CostKind.LABOUR, amount_fen=60_000, payer=CostPayer.OWNER)
MATERIAL = NewCost(kind=CostKind.MATERIAL, amount_fen=3_000)
ASKS = {"field": "material_count", "op": "ge", "value": 0}


def settled_at_the_end(*, needs_settlement: bool = True) -> dict[str, Any]:
    """A process of one step, which asks for settlement and looks at what there is of material."""
    step = task("repair", "system", "closed")
    step["choices"][0]["when"] = ASKS
    end = {"kind": "end", "key": "closed"} | ({"needs_settlement": True} if needs_settlement else {})
    return {
        "key": "settling",
        "version": 1,
        "title": words("settling"),
        "nodes": [{"kind": "start", "key": "begin", "next": "repair"}, step, end],
        "controls": [{"action": "cancel", "roles": ["system"]}],
    }


@pytest.fixture
def house(database_url: str, settings: Settings, engine: Engine) -> House:
    made = House(database_url, settings, engine, settled_at_the_end())
    with engine.begin() as connection:
        connection.execute(
            text("""insert into ops.material_stock (warehouse_code, project_id, material_code, material_name, unit,
                                                    on_hand, unit_price_fen, counted_on)
                    select 'CK-HZ01', id, material, material, '桶', 9, price, date '2026-03-01'
                      from ops.project, (values ('M1', 1000), ('M2', 0)) as given (material, price)
                     where project.code = 'HZ01'""")
        )
    return made


def cost(house: House, number: str, new: NewCost) -> UUID:
    return house.run(lambda one: enter_cost(one, number, new, actor=SYSTEM, now=START))


def settle_all(house: House, number: str, payer: CostPayer, *, is_written_off: bool = False) -> None:
    house.run(
        lambda one: settle(
            one,
            number,
            payer=payer,
            contractor_id=None,
            amount_fen=None,
            is_written_off=is_written_off,
            reason="约定",
            actor=SYSTEM,
            now=START,
        )
    )


def finish(house: House, number: str) -> str:
    return str(house.act(number, "complete", now=START, choice="done").state)


def facts(house: House, number: str) -> dict[str, Any]:
    found = house.run(lambda one: standing_of(one, number, actor=SYSTEM, permission=Permission.TICKET_READ))
    return found.facts


def test_a_ticket_ends_only_when_a_cost_that_came_after_the_settlement_is_settled_too(house: House) -> None:
    number = house.open()
    cost(house, number, LABOUR)
    with pytest.raises(CostsNotSettled, match=r"¥600\.00"):
        finish(house, number)
    settle_all(house, number, CostPayer.OWNER)
    cost(house, number, MATERIAL)
    assert facts(house, number)["open_cost_fen"] == 3_000
    with pytest.raises(CostsNotSettled, match=r"¥30\.00"):
        finish(house, number)
    settle_all(house, number, CostPayer.DEVELOPER, is_written_off=True)
    assert finish(house, number) == "closed"
    assert house.rows("select count(*) from ops.notice") == [(0,)]


def test_a_cost_that_comes_after_the_end_is_kept_and_told_to_whoever_settles(house: House) -> None:
    number = house.open()
    assert finish(house, number) == "closed"
    cost(house, number, LABOUR)
    told = house.rows("select role_code, title_zh from ops.notice order by role_code")
    settlers = house.rows("select role_code from ops.role_permission where permission = 'cost:settle' order by 1")
    assert [row.role_code for row in told] == [row.role_code for row in settlers] != []
    assert {row.title_zh for row in told} == {"工单结束后登记了费用，¥600.00未结清"}


def test_a_process_that_does_not_ask_ends_with_an_open_balance_and_tells_nobody(
    database_url: str, settings: Settings, engine: Engine
) -> None:
    house = House(database_url, settings, engine, settled_at_the_end(needs_settlement=False))
    number = house.open()
    cost(house, number, LABOUR)
    assert finish(house, number) == "closed"
    cost(house, number, MATERIAL)
    assert house.rows("select count(*) from ops.notice") == [(0,)]


def test_a_cost_entered_while_the_ticket_ends_keeps_it_open(house: House) -> None:
    number = house.open()

    async def both(engine: AsyncEngine) -> None:
        async def end() -> None:
            async with engine.begin() as other:
                await act(other, number, actor=SYSTEM, action="complete", version=None, now=START, choice="done")

        async with engine.connect() as entering:
            await enter_cost(entering, number, LABOUR, actor=SYSTEM, now=START)
            ending = asyncio.create_task(end())
            waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            while not await asyncio.to_thread(house.rows, waiting):
                assert not ending.done()
            await entering.commit()
        with pytest.raises(CostsNotSettled):
            await ending

    async def go() -> None:
        engine = worker_engine(house.url, pool_size=4)
        try:
            await both(engine)
        finally:
            await engine.dispose()

    asyncio.run(go())
    assert house.rows("select state from ops.ticket") == [("open",)]


@pytest.mark.parametrize("action", ["complete", "cancel"])
def test_what_is_reserved_for_a_ticket_is_given_back_when_it_ends(house: House, action: str) -> None:
    number = house.open()
    stock = {row.material_code: row.id for row in house.rows("select id, material_code from ops.material_stock")}
    lines = [WantedLine(stock["M1"], Decimal(2)), WantedLine(stock["M2"], Decimal(3))]
    house.run(lambda one: request_material(one, number, lines, note="", actor=SYSTEM, now=START))
    assert facts(house, number)["material_reserved_count"] == 2
    given: dict[str, Any] = {"choice": "done"} if action == "complete" else {"data": {"reason": "重复"}}
    acted = house.act(number, action, now=START, **given)
    assert acted.state in ("closed", "cancelled")
    assert house.rows("select sum(reserved), sum(on_hand) from ops.material_stock") == [(0, 18)]
    assert house.rows("select state from ops.material_request") == [("cancelled",)]
    last = house.rows("select kind, version from ops.ticket_event order by version desc limit 1")[0]
    assert (last.kind, last.version) == ("material:release", acted.version)


def test_entries_of_material_count_what_was_entered_and_handed_out_and_not_what_was_asked_for(house: House) -> None:
    number = house.open()

    def counts() -> tuple[int, int, int, int]:
        found = facts(house, number)
        names = ("material_count", "material_request_count", "material_reserved_count", "cost_entry_count")
        return tuple(found[name] for name in names)

    assert counts() == (0, 0, 0, 0)
    undone = cost(house, number, MATERIAL)
    assert counts() == (1, 0, 0, 1)
    house.run(lambda one: reverse_cost(one, number, undone, actor=SYSTEM, now=START))
    assert counts() == (0, 0, 0, 0)
    stock = {row.material_code: row.id for row in house.rows("select id, material_code from ops.material_stock")}
    lines = [WantedLine(stock["M1"], Decimal(2)), WantedLine(stock["M2"], Decimal(3))]
    house.run(lambda one: request_material(one, number, lines, note="", actor=SYSTEM, now=START))
    assert counts() == (0, 2, 2, 0)

    def moved(kind: MaterialMove, code: str, quantity: int) -> None:
        line = house.rows(f"""select line.id from ops.material_request_line as line
                                join ops.material_stock as stock on stock.id = stock_id
                               where material_code = '{code}'""")[0].id
        house.run(lambda one: move_material(one, number, line, kind, Decimal(quantity), actor=SYSTEM, now=START))

    moved(MaterialMove.ISSUE, "M1", 2)
    assert counts() == (1, 2, 1, 1)
    # Material without a price costs nothing, and is entered all the same.
    moved(MaterialMove.ISSUE, "M2", 1)
    assert counts() == (2, 2, 1, 1)
    moved(MaterialMove.RETURN, "M1", 2)
    assert counts()[0] == 1
