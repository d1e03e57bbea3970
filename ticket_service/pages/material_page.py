"""The warehouse: requests that wait, and stock. Here too what a ticket's page asks for, and settling its costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import CostPayer, Permission
from core.work_vocabulary import MaterialMove, SettlementKind
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.material import service as material
from ops_db.material.service import WantedLine
from ops_db.personal_data import PersonalData
from ops_db.settlement import service as settlement
from ops_db.settlement.balance import KIND_OF_PAYER
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, RefusedForm, answered
from ticket_service.pages.action_forms import yuan_to_fen
from ticket_service.pages.form_ids import id_in, needed_id
from ticket_service.pages.form_text import Submitted, submitted
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import new_key
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/material")

Requester = Annotated[Actor, Depends(Allowed(Permission.MATERIAL_REQUEST))]
Issuer = Annotated[Actor, Depends(Allowed(Permission.MATERIAL_ISSUE))]
Settler = Annotated[Actor, Depends(Allowed(Permission.COST_SETTLE))]

LINES_OF_A_FORM: Final = 4


@router.get("")
async def show_material(reader: CurrentReader, actor: Requester, connection: Connection, search: str = "") -> Response:
    """What waits to be issued, and what is in stock."""
    return await _page(connection, reader=reader, actor=actor, search=search.strip())


@router.post("/requests")
async def request_material(
    request: Request, reader: CurrentReader, actor: Requester, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Ask for material on a ticket."""
    form = await submitted(request)

    async def work() -> str:
        lines = wanted_in(form.typed, reader)
        note = form.typed.get("note", "")
        await material.request_material(connection, _number(form.typed), lines, note=note, actor=actor, now=now)
        return _back(form.typed)

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/cancel")
async def cancel_request(
    request: Request, reader: CurrentReader, actor: Requester, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Ask for nothing more of one request."""
    form = await submitted(request)

    async def work() -> str:
        id = needed_id(form.typed, "request")
        await material.cancel_request(connection, _number(form.typed), id, actor=actor, now=now)
        return _back(form.typed)

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/move")
async def move_material(
    request: Request, reader: CurrentReader, actor: Issuer, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Reserve, issue or take back."""
    form = await submitted(request)

    async def work() -> str:
        kind = next((one for one in MaterialMove if one == form.typed.get("kind")), None)
        if kind is None:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
        quantity = _quantity(form.typed, "quantity", reader)
        line = needed_id(form.typed, "line")
        await material.move_material(connection, _number(form.typed), line, kind, quantity, actor=actor, now=now)
        return _back(form.typed)

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/settle")
async def settle_costs(
    request: Request, reader: CurrentReader, actor: Settler, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Be done with what a payer bears of a ticket."""
    form = await submitted(request)

    async def work() -> str:
        typed = form.typed
        payer = next((one for one in CostPayer if one == typed.get("payer")), None)
        if payer is None:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
        await settlement.settle(
            connection,
            _number(typed),
            payer=payer,
            contractor_id=id_in(typed, "contractor"),
            amount_fen=_amount(typed, reader),
            is_written_off=typed.get("deed") == "write_off",
            reason=typed.get("reason", ""),
            actor=actor,
            now=now,
        )
        return f"/desk/tickets/{_number(typed)}#settlement"

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys)


def wanted_in(typed: Mapping[str, str], reader: Reader) -> list[WantedLine]:
    """The lines that were filled in."""
    lines = []
    for number in range(1, LINES_OF_A_FORM + 1):
        stock_id = id_in(typed, f"stock_{number}")
        if stock_id is not None:
            lines.append(WantedLine(stock_id, _quantity(typed, f"quantity_{number}", reader)))
    return lines


def _quantity(typed: Mapping[str, str], name: str, reader: Reader) -> Decimal:
    try:
        quantity = Decimal(typed.get(name, "").replace(",", ""))
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite():
        words = reader.translate("Enter a quantity above zero, with at most three decimals.")
        raise RefusedForm(Refusal(status=422, sentence=words, errors={name: words}, typed=typed))
    return quantity


def _amount(typed: Mapping[str, str], reader: Reader) -> int | None:
    text = typed.get("settled_amount", "")
    try:
        return yuan_to_fen(text) if text else None
    except (ValueError, InvalidOperation):
        words = reader.translate("Enter an amount in yuan, for example 120 or 35.50.")
        raise RefusedForm(Refusal(status=422, sentence=words, typed=typed)) from None


def _number(typed: Mapping[str, str]) -> str:
    return typed.get("number", "")


def _back(typed: Mapping[str, str]) -> str:
    """Where the form was."""
    places = {"desk": f"/desk/tickets/{_number(typed)}#material", "work": f"/work/{_number(typed)}#material"}
    return places.get(typed.get("back", ""), "/material")


async def _answer(
    work: Callable[[], Awaitable[str]],
    form: Submitted,
    *,
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    keys: PersonalData,
) -> Response:
    async def show(refused: Refusal) -> Response:
        if not actor.may(Permission.MATERIAL_REQUEST):
            return reader.page("material_refused.html", status=refused.status, refused=refused)
        return await _page(connection, reader=reader, actor=actor, refused=refused)

    return await answered(
        form,
        work,
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection, *, reader: Reader, actor: Actor, search: str = "", refused: Refusal = NOTHING_REFUSED
) -> Response:
    may_issue = actor.may(Permission.MATERIAL_ISSUE)
    return reader.page(
        "material.html",
        status=refused.status,
        here="/material",
        waiting=await material.waiting(connection, actor=actor) if may_issue else [],
        stock=await material.stock(connection, actor=actor, search=search or None),
        may_issue=may_issue,
        search=search,
        refused=refused,
        origin=_back(refused.typed) if refused.typed.get("back") else "",
        amount=amount_in_words,
        new_key=new_key,
    )


def amount_in_words(quantity: Any) -> str:
    """A quantity without zeros that say nothing."""
    return f"{Decimal(str(quantity)).normalize():f}"


async def money_context(
    connection: AsyncConnection, ticket: Any, *, actor: Actor, reader: Reader, sees_costs: bool
) -> dict[str, Any]:
    """What a ticket's page shows of material and settlement."""
    may_request = actor.may(Permission.MATERIAL_REQUEST, ticket.project_id)
    lines = await material.requested_for(connection, ticket.id)
    kept = await settlement.settlement_of(connection, ticket.id) if sees_costs else None
    return {
        "material_lines": lines,
        "material_stock": await material.stock_of_project(connection, ticket.project_id) if may_request else [],
        "may_request_material": may_request,
        "may_issue_material": actor.may(Permission.MATERIAL_ISSUE, ticket.project_id),
        "lines_of_a_form": LINES_OF_A_FORM,
        "amount": amount_in_words,
        "settlement": kept,
        "may_settle": actor.may(Permission.COST_SETTLE, ticket.project_id),
        "settled_as": {payer.value: kind.label(reader.language) for payer, kind in KIND_OF_PAYER.items()},
        "settlement_kinds": {kind.value: kind.label(reader.language) for kind in SettlementKind},
        "fresh_key": new_key,
    }
