"""The log of a ticket in human words: what happened, who did it, and what they said with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.language import Language
from core.process_vocabulary import RecipientKind
from core.vocabulary import ActorKind, CallDirection, PauseReason, Role
from ops_db.process.data_fields import NOTE, DataField
from ops_db.process.definition import Definition, TaskNode
from ops_db.process.node_parts import Choice
from ops_db.process.transitions import TRANSITIONS
from ticket_service.pages import work_sentences
from ticket_service.pages.reader_times import ReaderClock
from ticket_service.pages.rendering import yuan

_LOOKS: Final = {
    "ticket:create": ("flag", "accent"),
    "ticket:close": ("check", "good"),
    "ticket:reject": ("close", "bad"),
    "ticket:cancel": ("close", "bad"),
    "ticket:reopen": ("refresh", "warn"),
    "ticket:pause": ("pause", "warn"),
    "ticket:resume": ("play", "accent"),
    "ticket:urge": ("bell", "warn"),
    "ticket:import": ("history", ""),
    "task:complete": ("check", "accent"),
    "task:return": ("undo", "warn"),
    "task:assign": ("user", ""),
    "task:grab": ("flag", "accent"),
    "approval:approve": ("check", "good"),
    "approval:decline": ("close", "bad"),
    "approval:add_signer": ("users", ""),
    "approval:delegate": ("right", ""),
    "timer:warn": ("clock", "warn"),
    "timer:escalate": ("alert", "bad"),
    "timer:advance": ("clock", "accent"),
    "timer:reassign": ("clock", "warn"),
    "timer:go_on": ("clock", "accent"),
    "process:migrate": ("route", ""),
    "visit:depart": ("truck", "accent"),
    "visit:arrive": ("pin", "accent"),
}
_PLAIN: Final = ("info", "")
_GOOD_MILESTONES: Final = ("fixed", "confirmed")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log; `details` are pairs of a name and what was given under it."""

    title: str
    icon: str
    tone: str
    actor: str
    occurred_at: dt.datetime
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LogWriter:
    """Writes the log of one ticket for one reader; `names` are those of colleagues and crews by id, roles by code."""

    definition: Definition
    clock: ReaderClock
    names: Mapping[str, str]

    @property
    def language(self) -> Language:
        """The reader's language."""
        return self.clock.language

    def entries(self, events: Iterable[Any], calls: Iterable[Any] = (), notices: Iterable[Any] = ()) -> list[LogEntry]:
        """All events, calls and notices as lines, newest first.

        Events have kind, node_key, actor, behalf, staff, payload and occurred_at; calls direction, agent, note and
        started_at; notices a recipient, title and created_at.
        """
        lines = [self._entry(event) for event in events] + [self._call(call) for call in calls]
        lines += [self._notice(notice) for notice in notices]
        in_order = sorted(enumerate(lines), key=lambda line: (line[1].occurred_at, line[0]), reverse=True)
        return [line for _, line in in_order]

    def _notice(self, notice: Any) -> LogEntry:
        is_chinese = self.language == "zh-CN"
        role = notice.role_name_zh if is_chinese else notice.role_name_en
        name = notice.display_name or role or notice.role_code or RecipientKind.OWNER.label(self.language)
        what = notice.title_zh if is_chinese else notice.title_en
        return LogEntry(
            title=self.clock.translate("%(name)s was told: %(what)s", name=name, what=what),
            icon="bell",
            tone="",
            actor=ActorKind.SYSTEM.label(self.language),
            occurred_at=notice.created_at,
        )

    def _call(self, call: Any) -> LogEntry:
        _ = self.clock.translate
        is_inbound = call.direction == CallDirection.INBOUND
        return LogEntry(
            title=_("The desk was called") if is_inbound else _("The desk called"),
            icon="phone",
            tone="",
            actor=call.agent_name or Role.DESK.label(self.language),
            occurred_at=call.started_at,
            details=((_("Note on the call"), call.note),) if call.note else (),
        )

    def _entry(self, event: Any) -> LogEntry:
        icon, tone = _LOOKS.get(event.kind, _PLAIN)
        if event.payload.get("milestone") in _GOOD_MILESTONES:
            tone = "good"
        return LogEntry(
            title=self._title(event),
            icon=icon,
            tone=tone,
            actor=self._actor(event),
            occurred_at=event.occurred_at,
            details=tuple(self._details(event)),
        )

    def _actor(self, event: Any) -> str:
        if event.actor_name and event.behalf_name:
            return self.clock.translate("%(name)s for %(away)s", name=event.actor_name, away=event.behalf_name)
        if event.actor_kind == ActorKind.ACCOUNT and event.actor_name:
            return str(event.actor_name)
        kind = ActorKind(event.actor_kind).label(self.language)
        return f"{kind} · {event.actor_name}" if event.actor_name else kind

    def _who(self, event: Any) -> str:
        """Who was on the road: whose job it is, or the deputy who went instead."""
        deputy = event.actor_name if event.behalf_name else None
        return str(deputy or event.staff_name or event.actor_name or "–")

    def _title(self, event: Any) -> str:
        _ = self.clock.translate
        sentences: dict[str, Callable[[], str]] = {
            "ticket:create": lambda: _("Ticket opened"),
            "ticket:close": lambda: _("Ticket closed"),
            "ticket:reject": lambda: _("Ticket rejected"),
            "ticket:cancel": lambda: _("Ticket cancelled"),
            "ticket:reopen": lambda: _("Ticket reopened"),
            "ticket:resume": lambda: _("Clock runs again"),
            "ticket:pause": lambda: self._pause(event),
            "ticket:urge": lambda: _("The owner urges"),
            "ticket:import": lambda: _("Taken over from an older system"),
            "task:complete": lambda: self._completion(event),
            "task:return": lambda: self._return(event),
            "task:assign": lambda: self._assignment(event),
            "task:grab": lambda: _("%(name)s took the job", name=self._who(event)),
            "approval:approve": lambda: _("%(step)s: approved", step=self._step(event)),
            "approval:decline": lambda: _("%(step)s: declined", step=self._step(event)),
            "approval:add_signer": lambda: _("%(step)s: one more is asked", step=self._step(event)),
            "approval:delegate": lambda: _("%(step)s: handed on", step=self._step(event)),
            "timer:warn": lambda: _("%(step)s: reminder sent", step=self._step(event)),
            "timer:escalate": lambda: _("%(step)s: reported to the supervisors", step=self._step(event)),
            "timer:advance": lambda: _("%(step)s: time is up, gone on by itself", step=self._step(event)),
            "timer:reassign": lambda: _("%(step)s: time is up, given to others", step=self._step(event)),
            "timer:go_on": lambda: _("%(step)s: the wait is over", step=self._step(event)),
            "process:migrate": lambda: _("Moved to version %(version)s of the process", version=self._version(event)),
            "visit:depart": lambda: _("%(name)s set off", name=self._who(event)),
            "visit:arrive": lambda: _("%(name)s arrived", name=self._who(event)),
        }
        known = sentences.get(event.kind)
        if known:
            return known()
        said = work_sentences.TITLES.get(event.kind)
        return said(event.payload, self.clock) if said else str(event.kind)

    def _step(self, event: Any) -> str:
        """What the node of an event is called; one of an older version of the process goes by its key."""
        title = getattr(self.definition.by_key.get(event.node_key or ""), "title", None)
        return title.label(self.language) if title else str(event.node_key or "–")

    def _version(self, event: Any) -> str:
        return str((event.payload.get("data") or {}).get("version", "–"))

    def _pause(self, event: Any) -> str:
        reason = (event.payload.get("data") or {}).get("reason")
        known = PauseReason(reason).label(self.language) if reason in PauseReason.codes() else "–"
        return self.clock.translate("Clock stopped: %(reason)s", reason=known)

    def _completion(self, event: Any) -> str:
        node, choice = self._node(event.node_key), self._choice(event)
        step = node.title.label(self.language) if node else str(event.node_key)
        outcome = choice.title.label(self.language) if choice else str(event.payload.get("choice") or "")
        if not outcome or outcome == step:
            return step
        return self.clock.translate("%(step)s: %(outcome)s", step=step, outcome=outcome)

    def _return(self, event: Any) -> str:
        target = self._node(event.payload.get("choice"))
        if target is None:
            return self.clock.translate("Returned to an earlier step")
        return self.clock.translate("Returned to: %(step)s", step=target.title.label(self.language))

    def _assignment(self, event: Any) -> str:
        crew_id = (event.payload.get("data") or {}).get("crew_id")
        name = event.staff_name or self.names.get(str(crew_id)) or "–"
        return self.clock.translate("Assigned to %(name)s", name=name)

    def _node(self, key: str | None) -> TaskNode | None:
        node = self.definition.by_key.get(key) if key else None
        return node if isinstance(node, TaskNode) else None

    def _choice(self, event: Any) -> Choice | None:
        node = self._node(event.node_key)
        wanted = event.payload.get("choice")
        return next((choice for choice in node.choices if choice.key == wanted), None) if node else None

    def _details(self, event: Any) -> Iterable[tuple[str, str]]:
        yield from work_sentences.details(event.kind, event.payload, self.clock)
        data = dict(event.payload.get("data") or {})
        if "promised_from" in data and "promised_to" in data:
            start, end = (dt.datetime.fromisoformat(data.pop(key)) for key in ("promised_from", "promised_to"))
            yield self.clock.translate("Promised visit"), self.clock.window(start, end)
        if event.kind == "ticket:pause":
            data.pop("reason", None)
        fields = {field.key: field for field in self._fields(event)}
        for key, value in sorted(data.items(), key=lambda pair: pair[0] == NOTE.key):
            field = fields.get(key)
            if field is not None and value is not False:
                yield field.title.label(self.language), self._value(field, value)

    def _fields(self, event: Any) -> Iterable[DataField]:
        """The fields the action asked for: those of the choice, of the action, and of the process's controls."""
        yield NOTE
        choice = self._choice(event)
        if choice:
            yield from choice.fields
        for transition in TRANSITIONS.values():
            if transition.event == event.kind:
                yield from transition.fields
                for control in self.definition.controls_by_action.get(transition.action, ()):
                    yield from control.fields

    def _value(self, field: DataField, value: Any) -> str:
        match field.kind:
            case "money":
                return yuan(int(value), self.language)
            case "boolean":
                return self.clock.translate("yes")
            case "date_time":
                return self.clock.moment(dt.datetime.fromisoformat(value))
            case "technician" | "crew" | "staff":
                return self.names.get(str(value), "–")
            case "role":
                return self.names.get(str(value)) or _role(str(value), self.language)
            case "choice":
                titles = {option.code: option.title.label(self.language) for option in field.options}
                return titles.get(value, str(value))
            case _:
                return str(value)


def _role(code: str, language: Language) -> str:
    return Role(code).label(language) if code in Role.codes() else code
