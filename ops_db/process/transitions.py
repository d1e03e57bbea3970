"""The table of actions: what each asks of a ticket, what becomes of it, and the event it writes.

This is the only place that says so. The interpreter looks actions up here, the API and its documentation list them from
here, and the property tests walk it. Who may do what, and at which nodes, is data of each process definition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from core.vocabulary import PauseReason, TicketState
from ops_db.process.data_fields import DataField, Form, Option
from ops_db.process.text import Text

OPEN_EVENT: Final = "ticket:create"
END_EVENTS: Final = MappingProxyType({TicketState.CLOSED: "ticket:close", TicketState.REJECTED: "ticket:reject"})
"""The event a ticket writes when its process reaches an end node, by the state that node states."""

ENDED_STATES: Final = (TicketState.CLOSED, TicketState.REJECTED, TicketState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Transition:
    """One action.

    `subject` says whether it moves one task or the ticket as a whole; `clock` whether the ticket must be running,
    paused, or either; `leads_to` is the state afterwards, None where the process decides or nothing ends. `event` is
    the kind it writes; of a timer it depends on what the timer does (`TIMER_EVENTS`).
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
    takes_running: bool = field(init=False)

    def __post_init__(self) -> None:
        """Note once whether an open ticket that is not paused takes the action, which is asked most often."""
        object.__setattr__(self, "takes_running", TicketState.OPEN in self.states and self.clock != "paused")


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
STAFF: Final = DataField(key="staff_id", kind="staff", title=Text(zh="人员", en="Person"))
ROLE: Final = DataField(key="role", kind="role", title=Text(zh="角色", en="Role"))
TIMER: Final = DataField(key="timer", kind="text", title=Text(zh="计时器", en="Timer"), is_required=True)
GO_ON: Final = "go_on"
"""What the only timer of a timer node is called: the process goes on."""

TIMER_EVENTS: Final = MappingProxyType(
    {deed: f"timer:{deed}" for deed in ("warn", "escalate", "advance", "reassign", GO_ON)}
)
"""The event a timer writes, by what it does."""

BESIDE_THE_PROCESS: Final = (TIMER_EVENTS["warn"], TIMER_EVENTS["escalate"])
"""Events of the process that move nothing."""

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
            Transition("grab", "task", _OPEN, "running", None, "task:grab", Text(zh="抢单", en="Take the job")),
            Transition("approve", "task", _OPEN, "running", None, "approval:approve", Text(zh="同意", en="Approve")),
            Transition(
                "decline",
                "task",
                _OPEN,
                "running",
                None,
                "approval:decline",
                Text(zh="不同意", en="Decline"),
                fields=(_reason("不同意的原因", "Reason for declining"),),
            ),
            Transition(
                "add_signer",
                "task",
                _OPEN,
                "running",
                None,
                "approval:add_signer",
                Text(zh="加签", en="Ask one more person"),
                fields=(STAFF, ROLE),
                at_least_one=(STAFF.key, ROLE.key),
            ),
            Transition(
                "delegate",
                "task",
                _OPEN,
                "running",
                None,
                "approval:delegate",
                Text(zh="转交", en="Hand over to somebody else"),
                fields=(STAFF, ROLE),
                at_least_one=(STAFF.key, ROLE.key),
            ),
            Transition(
                "time_out",
                "task",
                _OPEN,
                "running",
                None,
                "timer:advance",
                Text(zh="到时", en="Time is up"),
                fields=(TIMER,),
            ),
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

SIGNING: Final = ("approve", "decline", "add_signer", "delegate")
"""What one who is asked in an approval may do."""

SIGNING_FORMS: Final = MappingProxyType(
    {name: Form(TRANSITIONS[name].fields, TRANSITIONS[name].at_least_one) for name in SIGNING}
)
RETURN_FORM: Final = Form(TRANSITIONS["return"].fields)

EVENT_KINDS: Final = tuple(
    dict.fromkeys(
        [
            OPEN_EVENT,
            *(transition.event for transition in TRANSITIONS.values()),
            *TIMER_EVENTS.values(),
            *END_EVENTS.values(),
        ]
    )
)
"""Every kind of event a process writes, each `noun:verb`."""


def transition_table() -> str:
    """The table as Markdown, for the documentation."""
    lines = ["| action | of | ticket is | clock is | asks for | ticket becomes | event |", "|" + "---|" * 7]
    for one in TRANSITIONS.values():
        asks = " or ".join(one.at_least_one) or ", ".join(item.key for item in one.fields if item.is_required) or "–"
        states = ", ".join(one.states)
        becomes = one.leads_to or "as the process says"
        events = ", ".join(f"`{kind}`" for kind in (TIMER_EVENTS.values() if one.action == "time_out" else [one.event]))
        lines.append(f"| {one.action} | {one.subject} | {states} | {one.clock} | {asks} | {becomes} | {events} |")
    return "\n".join(lines)
