"""Material from the request to the return, against stock that is never negative; and costs settled to the fen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.errors import InvalidInput
from ops_db.material.erp_count import read_count
from tests.unit.ticket_service.pages.conftest import Fill, OpenTicket, SignIn

STOCK = """
    insert into ops.material_stock (warehouse_code, project_id, material_code, material_name, unit, on_hand,
                                    unit_price_fen, counted_on)
    select 'CK-HZ01', id, 'M1', '堵漏王', '桶', 5, 3333, date '2026-03-01' from ops.project where code = 'HZ01'
    union all
    select 'CK-SH02', id, 'M1', '堵漏王', '桶', 5, 3333, date '2026-03-01' from ops.project where code = 'SH02'
"""


@pytest.fixture
def scalar(engine: Engine) -> Callable[[str], Any]:
    def found(statement: str) -> Any:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar()

    return found


@pytest.fixture
def ticket(sign_in: SignIn, open_ticket: OpenTicket, engine: Engine) -> str:
    with engine.begin() as connection:
        connection.execute(text(STOCK))
    return open_ticket(sign_in("desk"))


def post(client: TestClient, page: str, form: dict[str, str]) -> int:
    return client.post(page, data=form, follow_redirects=False).status_code


def requested(client: TestClient, fill: Fill, ticket: str, scalar: Callable[[str], Any], quantity: str) -> int:
    stock = str(scalar("select id from ops.material_stock where warehouse_code = 'CK-HZ01'"))
    form = fill(client.get(ticket).text, "/material/requests", stock_1=stock, quantity_1=quantity)
    return post(client, "/material/requests", form)


def move(client: TestClient, fill: Fill, kind: str, quantity: str, **changes: str) -> int:
    form = fill(client.get("/material").text, "/material/move", quantity=quantity) | {"kind": kind} | changes
    return post(client, "/material/move", form)


STANDING = """
    select trim_scale(on_hand) || ' ' || trim_scale(reserved) from ops.material_stock
     where warehouse_code = 'CK-HZ01'
"""


def test_material_is_reserved_issued_and_returned_and_what_it_costs_is_entered(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor, keeper = sign_in("supervisor"), sign_in("warehouse")
    assert requested(supervisor, fill, ticket, scalar, "2.5") == 303
    assert scalar(STANDING) == "5 2.5"
    assert move(keeper, fill, "issue", "2") == 303
    assert scalar(STANDING) == "3 0.5"
    assert scalar("select amount_fen from ops.cost_entry where kind = 'material'") == 6_666
    line = str(scalar("select id from ops.material_request_line"))
    assert move(keeper, fill, "return", "1", line=line) == 303
    assert scalar(STANDING) == "4 0.5"
    assert scalar("select sum(amount_fen) from ops.cost_entry") == 3_333
    assert move(keeper, fill, "issue", "0.5") == 303
    assert scalar("select state from ops.material_request") == "done"
    kinds = scalar("select string_agg(kind, ' ' order by id) from ops.ticket_event where kind like 'material:%'")
    assert kinds == "material:request material:issue material:return material:issue"
    assert "物料已出库" in supervisor.get(ticket).text


def test_more_than_there_is_waits_to_be_bought_and_nothing_is_taken_twice(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor, keeper = sign_in("supervisor"), sign_in("warehouse")
    assert requested(supervisor, fill, ticket, scalar, "8") == 303
    assert scalar(STANDING) == "5 0"
    page = keeper.get("/material").text
    assert 'value="5"' in page
    form = fill(page, "/material/move", quantity="5")
    assert post(keeper, "/material/move", form | {"kind": "issue"}) == 422
    assert move(keeper, fill, "reserve", "5") == 303
    assert move(keeper, fill, "issue", "6") == 422
    assert move(keeper, fill, "issue", "nothing") == 422
    assert move(keeper, fill, "issue", "5") == 303
    assert scalar(STANDING) == "0 0"
    assert "需采购 3" in keeper.get("/material").text


def test_of_many_who_reserve_the_last_at_once_nobody_gets_what_is_not_there(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor, keeper = sign_in("supervisor"), sign_in("warehouse")
    for _ in range(4):
        assert requested(supervisor, fill, ticket, scalar, "6") == 303
    with_lines = scalar("select array_agg(id::text) from ops.material_request_line")
    page = keeper.get("/material").text
    answers: list[int] = []

    def reserve(line: str) -> None:
        form = fill(page, "/material/move", quantity="2") | {"kind": "reserve", "line": line}
        answers.append(post(keeper, "/material/move", form))

    threads = [threading.Thread(target=reserve, args=(line,)) for line in with_lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 303, 422, 422]
    assert scalar(STANDING) == "5 4"


def test_stock_of_another_project_and_a_cancelled_request(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor = sign_in("supervisor")
    foreign = str(scalar("select id from ops.material_stock where warehouse_code = 'CK-SH02'"))
    form = fill(supervisor.get(ticket).text, "/material/requests", stock_1=foreign, quantity_1="1")
    assert post(supervisor, "/material/requests", form) == 422
    assert requested(supervisor, fill, ticket, scalar, "3") == 303
    assert post(supervisor, "/material/cancel", fill(supervisor.get(ticket).text, "/material/cancel")) == 303
    assert scalar(STANDING) == "5 0"


def test_the_costs_of_a_ticket_are_collected_charged_or_written_off_to_the_fen(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor, finance = sign_in("supervisor"), sign_in("finance")
    for payer, amount in (("owner", "600.01"), ("developer", "35.50")):
        form = fill(supervisor.get(ticket).text, f"{ticket}/costs", kind="labour", amount=amount, payer=payer)
        assert post(supervisor, f"{ticket}/costs", form) == 303

    def settle(payer: str, deed: str, **typed: str) -> int:
        form = fill(finance.get(ticket).text, "/material/settle") | {"payer": payer, "deed": deed} | typed
        return post(finance, "/material/settle", form)

    assert settle("owner", "settle", settled_amount="600.02") == 422
    assert settle("owner", "settle", settled_amount="500") == 303
    assert settle("owner", "write_off") == 422
    assert settle("owner", "write_off", reason="业主困难，主管同意") == 303
    assert settle("developer", "settle") == 303
    found = scalar("select string_agg(kind || ' ' || amount_fen, ', ' order by settled_at) from ops.cost_settlement")
    assert found == "collected 50000, written_off 10001, borne 3550"
    assert scalar("select sum(amount_fen) from ops.cost_settlement") == 63_551
    page = finance.get(ticket).text
    assert "已结清" in page
    assert "业主困难，主管同意" in page
    assert 'action="/material/settle"' not in page


def test_a_cost_is_undone_once_and_both_say_so(
    sign_in: SignIn, fill: Fill, ticket: str, scalar: Callable[[str], Any]
) -> None:
    supervisor = sign_in("supervisor")
    form = fill(supervisor.get(ticket).text, f"{ticket}/costs", kind="labour", amount="120", payer="developer")
    assert post(supervisor, f"{ticket}/costs", form) == 303
    undo = fill(supervisor.get(ticket).text, f"{ticket}/costs/reverse")
    assert post(supervisor, f"{ticket}/costs/reverse", undo) == 303
    again = undo | {"idempotency_key": "018f0000-0000-7000-8000-000000000001"}
    assert post(supervisor, f"{ticket}/costs/reverse", again) == 422
    assert scalar("select count(*) from ops.cost_entry where reverses_id is not null and amount_fen = -12000") == 1
    page = supervisor.get(ticket).text
    assert "已冲销" in page
    supervisor.post("/language", data={"language": "en"})
    assert "Reversed" in supervisor.get(ticket).text


def test_the_erps_count_is_read_with_a_word_for_each_row_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "count.csv"
    lines = [
        "仓库编码,物料编码,物料名称,数量,单位,日期",
        'CK-1,M1,堵漏王,"1,200.5",桶,2026/3/1',
        "CK-1,M2,角阀,缺,个,2026-03-01",
    ]
    file.write_bytes("\n".join([*lines, "CK-1,,x,1,个,2026-03-01", ""]).encode("gb18030"))
    rows, refused = read_count(file)
    assert [(row["material_code"], row["on_hand"], row["counted_on"]) for row in rows] == [
        ("M1", "1200.5", "2026-03-01")
    ]
    assert [one.split(":")[0] for one in refused] == ["line 3", "line 4"]
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="warehouse_code"):
        read_count(file)
