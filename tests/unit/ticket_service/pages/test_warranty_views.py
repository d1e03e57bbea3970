"""What a page says where a warranty clock cannot be read: whether a term is lacking, or only the category."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text


def test_of_a_ticket_nobody_has_classified_no_page_says_that_no_term_is_kept(
    sign_in: Callable[..., TestClient], create: Callable[..., dict[str, Any]], engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("update ops.unit set handover_date = '2024-03-01'"))
    desk = sign_in("desk")
    opened = create(desk, defect_code=None)
    page = desk.get(f"/desk/tickets/{opened['number']}").text
    assert "工单尚未选择问题大类。" in page
    assert "该问题没有对应的保修条款。" not in page
