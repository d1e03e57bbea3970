"""What the properties of a process are called on its drawing, and how each is filled in.

The panel is made from the JSON schema of a definition; here stands, for `Model.property`, what the schema cannot say:
the name people know it by, a line of help, where its choices come from, and when it matters at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ticket_service.pages.reader import marked


@dataclass(frozen=True, slots=True)
class Hint:
    """How one property is shown. `source` names a list of the page; `when` other properties and the values it needs."""

    label: str
    help: str = ""
    source: str = ""
    widget: str = ""
    add: str = ""
    empty: str = ""
    order: int = 50
    is_more: bool = False
    is_hidden: bool = False
    when: dict[str, list[Any]] = field(default_factory=dict)

    def for_page(self, translate: Callable[[str], str]) -> dict[str, Any]:
        """As the page is given it, in the reader's language and without what is usual."""
        words = {name: translate(text) for name in ("label", "help", "add", "empty") if (text := getattr(self, name))}
        rest: dict[str, Any] = {name: value for name in ("source", "widget", "when") if (value := getattr(self, name))}
        flags = {"isMore": self.is_more, "isHidden": self.is_hidden}
        return words | rest | {name: True for name, is_set in flags.items() if is_set} | {"order": self.order}


_ROLES: Final = "roles"
_STATES: Final = "owner_statuses"
_TITLE: Final = Hint(marked("Name of the step"), order=1)
_OPTIONAL_TITLE: Final = Hint(marked("Caption"), order=1, help=marked("Shown on the drawing; may be left empty."))
_NEXT: Final = Hint(marked("Leads to"), source="nodes", order=90)
_STATUS: Final = Hint(marked("What the owner sees meanwhile"), source=_STATES, order=12)
_TIMERS: Final = Hint(
    marked("When it takes long"),
    add=marked("Watch the time"),
    help=marked("Warn somebody, tell a superior, go on by itself or give it to others."),
    order=60,
)
_FIELDS: Final = Hint(marked("What is asked for"), add=marked("Ask for something"), order=40)
_CREW: Final = Hint(marked("Crew"), source="crews")

HINTS: Final[dict[str, Hint]] = {
    "Definition.title": Hint(marked("Name of the process"), order=1),
    "Definition.description": Hint(marked("What it is for"), widget="long", order=2),
    "Definition.controls": Hint(
        marked("Who may steer a ticket besides"),
        add=marked("Allow something"),
        help=marked("Assign, pause, return, reject, cancel, reopen: who may, and at which steps."),
        order=5,
    ),
    "StartNode.title": _OPTIONAL_TITLE,
    "StartNode.next": _NEXT,
    "EndNode.title": _OPTIONAL_TITLE,
    "EndNode.ticket_state": Hint(marked("What becomes of the ticket"), source="end_states"),
    "EndNode.needs_settlement": Hint(
        marked("Only when every cost is settled"),
        help=marked("While something is neither settled nor written off, no ticket ends here."),
        order=4,
    ),
    "TaskNode.title": _TITLE,
    "TaskNode.role": Hint(marked("Who does it"), source=_ROLES, order=3),
    "TaskNode.deputies": Hint(marked("Who may do it in their stead"), source=_ROLES, order=4),
    "TaskNode.person": Hint(
        marked("Person chosen by rule"),
        source="persons",
        order=5,
        empty=marked("anybody of the role"),
        help=marked("Where the rule names nobody, anybody of the role may do it."),
    ),
    "TaskNode.crew": Hint(marked("Given to a crew"), source="crews", order=6, is_more=True),
    "TaskNode.owner_status": _STATUS,
    "TaskNode.owner_status_on_site": Hint(
        marked("What the owner sees once somebody is there"), source=_STATES, when={"has_visits": [True]}, order=14
    ),
    "TaskNode.is_assigned": Hint(
        marked("Belongs to one technician"), help=marked("Only whom the ticket was given to may do it."), order=7
    ),
    "TaskNode.has_visits": Hint(
        marked("Somebody goes there"), help=marked("Setting off and arriving are written down."), order=8
    ),
    "TaskNode.dispatch_choice": Hint(
        marked("Choice that hands it to a technician"),
        source="choices",
        help=marked("Marks the step where the dispatch rules suggest somebody."),
        is_more=True,
    ),
    "TaskNode.choices": Hint(
        marked("Ways to complete it"),
        add=marked("Add a way out"),
        help=marked("Each is a button for whoever has the step, and an arrow on the drawing."),
        order=30,
    ),
    "TaskNode.timers": _TIMERS,
    "Choice.key": Hint(marked("Name used by the system"), is_more=True),
    "Choice.title": Hint(marked("Words on the button"), order=1),
    "Choice.next": Hint(marked("Leads to"), source="nodes", order=2),
    "Choice.milestone": Hint(
        marked("Counts as"),
        source="milestones",
        order=6,
        help=marked("What the figures of the cockpits take it for."),
        empty=marked("nothing in particular"),
    ),
    "Choice.when": Hint(marked("Offered only when"), order=5, empty=marked("Only under a condition")),
    "Choice.fields": _FIELDS,
    "Choice.at_least_one": Hint(marked("At least one of these is needed"), source="field_keys", is_more=True),
    "Choice.all_or_none": Hint(marked("All of these or none"), source="field_keys", is_more=True),
    "Choice.evidence": Hint(
        marked("What must be there first"),
        add=marked("Ask for a photo, a signature …"),
        order=42,
    ),
    "Choice.form": Hint(marked("Form to fill in"), source="forms", order=44, empty=marked("no form")),
    "DataField.key": Hint(marked("Name used by the system"), is_more=True),
    "DataField.kind": Hint(marked("Kind"), source="field_kinds", order=2),
    "DataField.title": Hint(marked("Name of the field"), order=1),
    "DataField.is_required": Hint(marked("Must be filled in"), order=3),
    "DataField.options": Hint(
        marked("Answers to choose from"), add=marked("Add an answer"), when={"kind": ["choice"]}, order=4
    ),
    "DataField.minimum": Hint(marked("Least"), when={"kind": ["integer", "money"]}, order=5),
    "DataField.maximum": Hint(marked("Most"), when={"kind": ["integer", "money"]}, order=6),
    "Option.code": Hint(marked("Name used by the system"), is_more=True),
    "Option.title": Hint(marked("Answer"), order=1),
    "Evidence.kind": Hint(marked("What"), source="evidence_kinds", order=1),
    "Evidence.purpose": Hint(
        marked("Taken"), source="photo_purposes", when={"kind": ["photo"]}, order=2, empty=marked("at any time")
    ),
    "Evidence.minimum": Hint(marked("How many at least"), order=3),
    "Evidence.when": Hint(marked("Needed only when"), order=4, empty=marked("Only under a condition")),
    "NodeTimer.key": Hint(marked("Name used by the system"), is_more=True),
    "NodeTimer.minutes": Hint(marked("After"), widget="minutes", order=1),
    "NodeTimer.since": Hint(marked("Counted from"), source="timer_since", order=2),
    "NodeTimer.clock": Hint(marked("Time that counts"), source="timer_clocks", order=3),
    "NodeTimer.do": Hint(marked("What happens then"), source="timer_deeds", order=4),
    "NodeTimer.to": Hint(marked("Who is told"), source="recipients", when={"do": ["warn", "escalate"]}, order=5),
    "NodeTimer.choice": Hint(marked("Goes on with"), source="choices", when={"do": ["advance"]}, order=5),
    "NodeTimer.role": Hint(marked("Given to"), source=_ROLES, when={"do": ["reassign"]}, order=5),
    "NodeTimer.crew": Hint(marked("Given to the crew"), source="crews", when={"do": ["reassign"]}, order=6),
    "NodeTimer.text": Hint(marked("Words of the message"), widget="long", order=7),
    "ApprovalNode.title": _TITLE,
    "ApprovalNode.owner_status": _STATUS,
    "ApprovalNode.approvers": Hint(marked("Who approves"), add=marked("Add somebody"), order=3),
    "ApprovalNode.mode": Hint(marked("How many must approve"), source="approval_modes", order=4),
    "ApprovalNode.needed": Hint(marked("Number needed"), when={"mode": ["count"]}, order=5),
    "ApprovalNode.order": Hint(marked("In which order"), source="approval_orders", order=6),
    "ApprovalNode.approved": Hint(marked("When approved, leads to"), source="nodes", order=20),
    "ApprovalNode.declined": Hint(marked("When declined, leads to"), source="nodes", order=21),
    "ApprovalNode.return_to": Hint(
        marked("May be returned to"),
        source="tasks",
        help=marked("Earlier steps an approver may send it back to."),
        order=22,
    ),
    "ApprovalNode.may_add_signer": Hint(marked("Approvers may ask somebody else besides"), order=24),
    "ApprovalNode.may_delegate": Hint(marked("Approvers may hand it on"), order=25),
    "ApprovalNode.fields": _FIELDS,
    "ApprovalNode.timers": _TIMERS,
    "Approver.role": Hint(marked("Anybody with the role"), source=_ROLES, order=1),
    "Approver.staff_number": Hint(marked("One person"), source="staff", order=2),
    "Approver.person": Hint(marked("Person chosen by rule"), source="approver_persons", order=3),
    "BranchNode.title": _OPTIONAL_TITLE,
    "BranchNode.cases": Hint(
        marked("Cases"),
        add=marked("Add a case"),
        help=marked("The first one that is true is taken, from left to right."),
        order=10,
    ),
    "BranchNode.default": Hint(marked("Otherwise leads to"), source="nodes", order=20),
    "BranchCase.when": Hint(marked("When"), order=1),
    "BranchCase.next": Hint(marked("Leads to"), source="nodes", order=2),
    "BranchCase.title": Hint(marked("Words on the arrow"), order=3, help=marked("Left empty, the condition is shown.")),
    "SplitNode.title": _OPTIONAL_TITLE,
    "SplitNode.next": Hint(marked("Paths that go on at the same time"), source="nodes", order=10),
    "SplitNode.join": Hint(marked("Where they meet again"), source="joins", order=20),
    "JoinNode.title": _OPTIONAL_TITLE,
    "JoinNode.next": _NEXT,
    "TimerNode.title": _TITLE,
    "TimerNode.minutes": Hint(marked("How long"), widget="minutes", order=3),
    "TimerNode.clock": Hint(marked("Time that counts"), source="timer_clocks", order=4),
    "TimerNode.owner_status": _STATUS,
    "TimerNode.next": _NEXT,
    "NoticeNode.title": _TITLE,
    "NoticeNode.to": Hint(marked("Who is told"), source="recipients", order=3),
    "NoticeNode.body": Hint(marked("Words of the message"), widget="long", order=4),
    "NoticeNode.next": _NEXT,
    "SubprocessNode.title": _TITLE,
    "SubprocessNode.cases": Hint(marked("Which process is put in"), add=marked("Add a case"), order=3),
    "SubprocessNode.process": Hint(
        marked("Otherwise this process"), source="processes", order=4, empty=marked("none: it is passed over")
    ),
    "SubprocessNode.next": Hint(marked("Then leads to"), source="nodes", order=20),
    "SubprocessNode.rejected": Hint(
        marked("Ended without success, leads to"), source="nodes", order=21, empty=marked("the same step")
    ),
    "SubprocessCase.when": Hint(marked("When"), order=1),
    "SubprocessCase.process": Hint(marked("Process"), source="processes", order=2),
    "Control.action": Hint(marked("What is allowed"), source="actions", order=1),
    "Control.roles": Hint(marked("To whom"), source=_ROLES, order=2),
    "Control.at": Hint(
        marked("Only at these steps"), source="steps", order=3, help=marked("None chosen: at every step.")
    ),
    "Control.to": Hint(marked("Back to these steps"), source="steps", order=4, when={"action": ["return", "reopen"]}),
    "Control.when": Hint(marked("Only when"), order=5, empty=marked("Only under a condition")),
    "Control.fields": _FIELDS,
}
"""A test sees to it that every property of the schema is here."""
