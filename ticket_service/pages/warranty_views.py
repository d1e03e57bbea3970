"""The two clocks of a ticket's warranty in words: how each stands, until when, and by which term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Trade
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db.warranty.clocks import Judgement, Standing
from ops_db.warranty.of_ticket import warranty_of_row
from ops_db.warranty.service import Warranty
from ticket_service.pages.reader import Reader


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock."""

    title: str
    standing: str
    tone: str
    left: str
    reason: str
    note: str


async def warranty_context(connection: AsyncConnection, ticket: Any, reader: Reader) -> dict[str, Any]:
    """What a page says of the warranty, and whom it proposes to bear a cost."""
    warranty = await warranty_of_row(connection, ticket)
    return {
        "warranty": warranty_views(warranty, reader, is_classified=ticket.category_code is not None),
        "proposed_payer": warranty.payer,
        "proposed_contractor": warranty.builder_id,
    }


def warranty_views(warranty: Warranty, reader: Reader, *, is_classified: bool) -> list[ClockView]:
    """The owner's clock and the contractor's; of what nobody has put in a category yet no term can be looked up."""
    _ = reader.translate
    lacking = _("No term is kept for what is wrong.") if is_classified else _("What is wrong has no category yet.")
    builder = warranty.builder_name or ""
    return [_view(warranty.owner, "", lacking, reader), _view(warranty.contractor, builder, lacking, reader)]


def _view(clock: Judgement, builder: str, lacking: str, reader: Reader) -> ClockView:
    _ = reader.translate
    title = WarrantyClock(clock.clock).label(reader.language)
    title = f"{title} · {builder}" if builder else title
    is_owner = clock.clock == WarrantyClock.OWNER
    if clock.start is None:
        reason = _("The day of handover is not known.") if is_owner else _("The day of acceptance is not known.")
        return ClockView(title, _("Cannot be said"), "", "", reason, "")
    if clock.term is None or clock.end is None or clock.days_left is None:
        return ClockView(title, _("Cannot be said"), "", "", lacking, "")
    is_running = clock.standing == Standing.RUNNING
    words = _("%(days)s days left when reported") if is_running else _("over for %(days)s days when reported")
    started = _("handed over %(day)s") if is_owner else _("accepted %(day)s")
    parts = [started % {"day": day_in_full(clock.start, reader)}, length(vars_of(clock.term), reader)]
    return ClockView(
        title,
        _("Running") if is_running else _("Over"),
        "good" if is_running else "warn",
        words % {"days": abs(clock.days_left)},
        f"{_(', ').join(parts)} → {day_in_full(clock.end, reader)}",
        clock.term.note,
    )


def vars_of(term: Any) -> Mapping[str, Any]:
    """How long a term is."""
    return {"month_count": term.month_count, "season_count": term.season_count, "season": term.season}


def length(term: Mapping[str, Any], reader: Reader) -> str:
    """How long a term is, in words."""
    _ = reader.translate
    if term["month_count"] is None:
        season = WarrantySeason(term["season"]).label(reader.language)
        return _("%(count)s × %(season)s", count=term["season_count"], season=season)
    months = term["month_count"]
    if months % 12:
        return _("%(months)s months", months=months) if months > 1 else _("1 month")
    return _("%(years)s years", years=months // 12) if months > 12 else _("1 year")


def day_in_full(day: Any, reader: Reader) -> str:
    """A date with its year."""
    return format_date(day, "y-MM-dd" if reader.language == "zh-CN" else "d MMM y", locale="en_GB")


def scope_in_words(row: Any, reader: Reader) -> str:
    """What a term is for."""
    if row.trade:
        return Trade(row.trade).label(reader.language)
    return str(row.scope_name_zh if reader.language == "zh-CN" else row.scope_name_en)
