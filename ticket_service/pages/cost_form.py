"""The form of a cost, at the desk and on the technician's phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any
from uuid import UUID

from core.language import Language
from core.vocabulary import CostKind, CostPayer
from ops_db.costs.service import NewCost
from ops_db.errors import InvalidInput
from ticket_service.pages.acting import Refusal, RefusedForm
from ticket_service.pages.action_forms import yuan_to_fen
from ticket_service.pages.reader_times import Translate


@dataclass(frozen=True, slots=True)
class CostLine:
    """One amount as the list shows it; it can be undone until its opposite stands there."""

    id: UUID
    kind: str
    payer: str
    note: str
    amount_fen: int
    incurred_at: dt.datetime
    is_reversal: bool
    is_reversed: bool

    @property
    def can_be_reversed(self) -> bool:
        """Whether the way to undo it is offered."""
        return not self.is_reversal and not self.is_reversed


def cost_lines(entries: Iterable[Any], language: Language) -> list[CostLine]:
    """The amounts of a ticket, oldest first."""
    entries = list(entries)
    undone = {entry.reverses_id for entry in entries}
    return [
        CostLine(
            entry.id,
            CostKind(entry.kind).label(language),
            CostPayer(entry.payer).label(language),
            entry.note,
            entry.amount_fen,
            entry.incurred_at,
            entry.reverses_id is not None,
            entry.id in undone,
        )
        for entry in entries
    ]


def entry_in(typed: Mapping[str, str]) -> UUID:
    """The entry a form is about."""
    try:
        return UUID(typed.get("entry", ""))
    except ValueError as error:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from error


def cost_in(typed: Mapping[str, str], translate: Translate) -> NewCost:
    """The cost that was typed; raises RefusedForm with a word beside the field that cannot be read."""
    errors: dict[str, str] = {}
    amount_fen = 0
    try:
        amount_fen = yuan_to_fen(typed.get("amount", ""))
    except (ValueError, InvalidOperation):
        errors["amount"] = translate("Enter an amount in yuan, for example 120 or 35.50.")
    payer = next((one for one in CostPayer if one == typed.get("payer")), CostPayer.DEVELOPER)
    contractor_id = None
    if payer == CostPayer.CONTRACTOR:
        try:
            contractor_id = UUID(typed.get("contractor", ""))
        except ValueError:
            errors["contractor"] = translate("Choose who pays.")
    if errors:
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    kind = next((one for one in CostKind if one == typed.get("kind")), CostKind.LABOUR)
    return NewCost(
        kind=kind, amount_fen=amount_fen, payer=payer, contractor_id=contractor_id, note=typed.get("note", "")
    )
