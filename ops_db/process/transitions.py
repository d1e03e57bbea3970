"""The table of actions: what each asks of a ticket, what becomes of it, and the event it writes.

This is the only place that says so. The interpreter looks actions up here, the API and its documentation list them from
here, and the property tests walk it. Who may do what, and at which nodes, is data of each process definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from core.vocabulary import PauseReason, TicketState
from ops_db.process.data_fields import DataField, Option
from ops_db.process.text import Text

OPEN_EVENT: Final = "ticket:create"
END_EVENTS: Final = MappingProxyType({TicketState.CLOSED: "ticket:close", TicketState.REJECTED: "ticket:reject"})
"""The event a ticket writes when its process reaches an end node, by the state that node states."""

ENDED_STATES: Final = (TicketState.CLOSED, TicketState.REJECTED, TicketState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Transition:
    """One action.

    `subject` says whether it moves one task or the ticket as a whole; `clock` whether the ticket must be running,
    paused, or either; `leads_to` is the state afterwards, None where the process decides or nothing ends.
    """

    action: str
    subject: Literal["task", "ticket"]
    states: tuple[TicketState, ...]
    clock: Literal["running", "paused", "either"]
    leads_to: TicketState | None
    event: str
    title: Text
    fields: tuple[DataField, ...] = ()
    at_least_one: tuple[str, ...] = ()


def _reason(zh: str, en: str) -> DataField:
    return DataField(key="reason", kind="long_text", title=Text(zh=zh, en=en), is_required=True)


_PAUSE_REASON: Final = DataField(
    key="reason",
    kind="choice",
    title=Text(zh="暂停原因", en="Reason for the pause"),
    is_required=True,
    options=tuple(Option(code=reason.value, title=Text.of(reason)) for reason in PauseReason),
)
TECHNICIAN: Final = DataField(key="technician_id", kind="technician", title=Text(zh="维修师傅", en="Technician"))
CREW: Final = DataField(key="crew_id", kind="crew", title=Text(zh="班组", en="Crew"))

_OPEN: Final = (TicketState.OPEN,)

TRANSITIONS: Final = MappingProxyType(
    {
        transition.action: transition
        for transition in (
            Transition("complete", "task", _OPEN, "running", None, "task:complete", Text(zh="完成", en="Complete")),
            Transition(
                "return",
                "task",
                _OPEN,
                "running",
                None,
                "task:return",
                Text(zh="退回", en="Return to an earlier step"),
                fields=(_reason("退回原因", "Reason for the return"),),
            ),
            Transition(
                "assign",
                "task",
                _OPEN,
                "either",
                None,
                "task:assign",
                Text(zh="指派", en="Assign"),
                fields=(TECHNICIAN, CREW),
                at_least_one=(TECHNICIAN.key, CREW.key),
            ),
            Transition("depart", "task", _OPEN, "running", None, "visit:depart", Text(zh="出发", en="Set off")),
            Transition("arrive", "task", _OPEN, "running", None, "visit:arrive", Text(zh="到达现场", en="Arrive")),
            Transition(
                "pause",
                "ticket",
                _OPEN,
                "running",
                None,
                "ticket:pause",
                Text(zh="暂停", en="Pause"),
                fields=(_PAUSE_REASON,),
            ),
            Transition("resume", "ticket", _OPEN, "paused", None, "ticket:resume", Text(zh="恢复", en="Resume")),
            Transition(
                "reject",
                "ticket",
                _OPEN,
                "either",
                TicketState.REJECTED,
                "ticket:reject",
                Text(zh="驳回", en="Reject"),
                fields=(_reason("驳回原因", "Reason for the rejection"),),
            ),
            Transition(
                "cancel",
                "ticket",
                _OPEN,
                "either",
                TicketState.CANCELLED,
                "ticket:cancel",
                Text(zh="取消", en="Cancel"),
                fields=(_reason("取消原因", "Reason for cancelling"),),
            ),
            Transition(
                "reopen",
                "ticket",
                ENDED_STATES,
                "either",
                TicketState.OPEN,
                "ticket:reopen",
                Text(zh="重新打开", en="Reopen"),
                fields=(_reason("重开原因", "Reason for reopening"),),
            ),
        )
    }
)

EVENT_KINDS: Final = tuple(
    dict.fromkeys([OPEN_EVENT, *(transition.event for transition in TRANSITIONS.values()), *END_EVENTS.values()])
)
"""Every kind of event a process writes, each `noun:verb`."""


def transition_table() -> str:
    """The table as Markdown, for the documentation."""
    lines = ["| action | of | ticket is | clock is | asks for | ticket becomes | event |", "|" + "---|" * 7]
    for one in TRANSITIONS.values():
        asks = " or ".join(one.at_least_one) or ", ".join(item.key for item in one.fields if item.is_required) or "–"
        states = ", ".join(one.states)
        becomes = one.leads_to or "as the process says"
        lines.append(f"| {one.action} | {one.subject} | {states} | {one.clock} | {asks} | {becomes} | `{one.event}` |")
    return "\n".join(lines)
