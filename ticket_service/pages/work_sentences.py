"""Events of dispatch, promises, clocks, material and money in sentences, for the log of a ticket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from core.work_vocabulary import SettlementKind
from ops_db.dispatch.reason_words import read, sentence
from ticket_service.pages.reader_times import ReaderClock
from ticket_service.pages.rendering import yuan

Said = Callable[[Mapping[str, Any], ReaderClock], str]


def _assigned(said: Mapping[str, Any], clock: ReaderClock) -> str:
    return clock.translate("Assigned by rule %(rule)s to %(name)s", rule=said.get("position"), name=said.get("name"))


def _offered(said: Mapping[str, Any], clock: ReaderClock) -> str:
    return clock.translate("Offered to the crew by rule %(rule)s", rule=said.get("position"))


def _broken(said: Mapping[str, Any], clock: ReaderClock) -> str:
    late = said.get("late_minutes")
    if late is None:
        return clock.translate("Promise broken: nobody came in time")
    if late <= 0:
        return clock.translate("Promise broken: too early")
    span = clock.duration(dt.timedelta(minutes=late))
    return clock.translate("Promise broken: %(span)s late", span=span)


def _settled(said: Mapping[str, Any], clock: ReaderClock) -> str:
    kind = SettlementKind(str(said["kind"])).label(clock.language)
    return clock.translate("%(kind)s: %(amount)s", kind=kind, amount=yuan(int(said["amount_fen"]), clock.language))


def _plain(sentence_of: Callable[[ReaderClock], str]) -> Said:
    return lambda _said, clock: sentence_of(clock)


TITLES: Final[dict[str, Said]] = {
    "dispatch:assign": _assigned,
    "dispatch:offer": _offered,
    "visit:promise_kept": _plain(lambda clock: clock.translate("Promise kept")),
    "visit:promise_broken": _broken,
    "clock:recompute": _plain(lambda clock: clock.translate("Deadline counted anew")),
    "material:request": _plain(lambda clock: clock.translate("Material requested")),
    "material:reserve": _plain(lambda clock: clock.translate("Material reserved")),
    "material:release": _plain(lambda clock: clock.translate("Reservation released")),
    "material:issue": _plain(lambda clock: clock.translate("Material issued")),
    "material:return": _plain(lambda clock: clock.translate("Material returned")),
    "cost:settle": _settled,
}
"""What each kind of event is called."""


def details(kind: str, said: Mapping[str, Any], clock: ReaderClock) -> Iterator[tuple[str, str]]:
    """What else there is to say, as pairs of a name and a text."""
    _ = clock.translate
    if kind.startswith("dispatch:") and said.get("reasons"):
        yield _("Why"), sentence(read(said["reasons"]), clock.language)
    if kind.startswith("material:") and said.get("lines"):
        yield _("What"), "\n".join(f"{line['name']} × {line['quantity']}" for line in said["lines"])
    for name in ("before", "after"):
        if kind == "clock:recompute" and said.get(name):
            label = _("Due before") if name == "before" else _("Due now")
            yield label, clock.full(dt.datetime.fromisoformat(said[name]))
    if said.get("reason"):
        yield _("Reason"), str(said["reason"])
