"""The form of a cost, at the desk and on the technician's phone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import InvalidOperation
from uuid import UUID

from core.vocabulary import CostKind, CostPayer
from ops_db.costs.service import NewCost
from ticket_service.pages.acting import Refusal, RefusedForm
from ticket_service.pages.action_forms import yuan_to_fen
from ticket_service.pages.reader_times import Translate


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
