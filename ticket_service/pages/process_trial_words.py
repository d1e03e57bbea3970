"""A pretend ticket in the reader's words: where it stands, who could do what, what happened and whom it told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from core.language import Language, translator
from core.process_vocabulary import SignerState, TimerAction
from core.vocabulary import OwnerStatus, Role, TicketState
from core.working_time import DEFAULT_CALENDAR
from ops_db.process.definition import Definition
from ops_db.process.errors import Problem
from ops_db.process.scenarios import Outcome, Pack
from ops_db.process.simulate import Moment, Tryout
from ops_db.process.state import Action
from ops_db.process.transitions import TRANSITIONS
from ops_db.process_admin.trying import Trial
from ticket_service.api import process_trial_schemas as schemas
from ticket_service.pages.reader import marked
from ticket_service.pages.rendering import LOCALE_DIR, sentences
from ticket_service.pages.sentences import sentence_of

_PEOPLE = {"assignee": marked("whoever has the step"), "owner": marked("the owner")}
_STAFF = "staff:"


class TrialWords:
    """Says things of one definition in one language; `roles` are the names of the house's own roles."""

    def __init__(self, definition: Definition, language: Language, roles: Mapping[str, str]) -> None:
        """Remember what is talked about."""
        self.definition = definition
        self.language = language
        self.roles = roles
        self.translate = sentences(language)

    def trial(self, trial: Trial) -> schemas.TrialOut:
        """Everything about a pretend ticket."""
        tryout = trial.tryout
        return schemas.TrialOut(
            now=self.moment(tryout.now),
            owner_status=OwnerStatus(tryout.owner_status).label(self.language),
            ticket_state=TicketState(tryout.state.ticket_state).label(self.language),
            is_open=tryout.state.ticket_state == TicketState.OPEN,
            tokens=self._tokens(tryout),
            timers=self._timers(tryout),
            trace=[self._happened(one) for one in tryout.trace],
            offers=[self._offer(who, one) for who, actions in trial.offers.items() for one in actions],
            refused=sentence_of(trial.refusal, self.language, self.definition.titles) if trial.refusal else None,
            refused_at=trial.refused_at,
        )

    def pack(self, pack: Pack, outcomes: list[Outcome]) -> schemas.PackOut:
        """How a pack went."""
        return schemas.PackOut(
            title=pack.title.label(self.language),
            passed=sum(one.is_passed for one in outcomes),
            outcomes=[self._outcome(one) for one in outcomes],
        )

    def moment(self, instant: dt.datetime) -> str:
        """A pretend instant with its weekday, as the calendar counts it."""
        local = instant.astimezone(ZoneInfo(DEFAULT_CALENDAR.zone))
        locale = "zh_CN" if self.language == "zh-CN" else "en_GB"
        return format_datetime(
            local, "M月d日 EEE HH:mm" if self.language == "zh-CN" else "EEE d MMM HH:mm", locale=locale
        )

    def title(self, key: str | None) -> str:
        """What a step is called."""
        node = self.definition.by_key.get(key or "")
        title = getattr(node, "title", None)
        return title.label(self.language) if title else (key or "")

    def who(self, code: str) -> str:
        """A role, a member of staff, or whoever has the step."""
        if code in _PEOPLE:
            return self.translate(_PEOPLE[code])
        if code.startswith(_STAFF):
            return code.removeprefix(_STAFF)
        return self.roles.get(code) or (Role(code).label(self.language) if code in Role.codes() else code)

    def problem(self, problem: Problem) -> str:
        """A difference or a fault as a sentence."""
        template = translator(LOCALE_DIR, self.language).gettext(problem.template)
        values = {name: self._named(value) for name, value in problem.values.items()}
        return template.format(**values)

    def _named(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",")]
        return ", ".join(self._word(part) for part in parts)

    def _word(self, code: str) -> str:
        if code in self.definition.by_key:
            return self.title(code)
        for term in (OwnerStatus, TicketState):
            if code in term.codes():
                return term(code).label(self.language)
        return self.who(code)

    def _tokens(self, tryout: Tryout) -> list[schemas.TokenOut]:
        return [
            schemas.TokenOut(
                node=token.node_key,
                title=self.title(token.node_key),
                signers=[
                    schemas.SignerOut(
                        name=self.who(one.role or f"{_STAFF}{one.staff_id}"),
                        state=SignerState(one.state).label(self.language),
                    )
                    for one in token.signers
                ],
            )
            for token in tryout.state.tokens
        ]

    def _timers(self, tryout: Tryout) -> list[schemas.TimerOut]:
        nodes = {token.id: token.node_key for token in tryout.state.tokens}
        found = []
        for held in sorted(tryout.timers, key=lambda one: one.planned.due_at):
            planned, node = held.planned, nodes.get(held.planned.task_id, "")
            due = None if held.remaining is not None else planned.due_at
            found.append(
                schemas.TimerOut(
                    node=node,
                    title=self.title(node),
                    what=TimerAction(planned.action).label(self.language),
                    due_at=due,
                    when=self.moment(due) if due else self.translate("held while the ticket is paused"),
                )
            )
        return found

    def _happened(self, moment: Moment) -> schemas.TraceOut:
        node = self.definition.tasks.get(moment.node_key or "")
        chosen = node.choices_by_key.get(moment.choice or "") if node else None
        deed = TRANSITIONS[moment.action].title.label(self.language) if moment.action in TRANSITIONS else ""
        words = chosen.title.label(self.language) if chosen else deed
        title = (
            self.translate("A ticket is reported")
            if moment.action == "open"
            else f"{self.title(moment.node_key)} · {words}"
        )
        roles = sorted(moment.actor.roles) if moment.actor else []
        staff = moment.actor.staff_id if moment.actor and not roles else None
        return schemas.TraceOut(
            node=moment.node_key,
            title=title,
            who=", ".join(self.who(role) for role in roles) or staff or "",
            when=self.moment(moment.at),
            choice=moment.choice,
            left=list(moment.left),
            standing_at=list(moment.standing_at),
            notices=[
                self.translate("%(name)s is told", name=self.who(to)) for notice in moment.notices for to in notice.to
            ],
        )

    def _offer(self, who: str, action: Action) -> schemas.OfferOut:
        return schemas.OfferOut(
            who=who,
            name=self.who(who),
            action=action.name,
            choice=action.choice,
            task=action.token_id,
            title=action.title.label(self.language),
            step=self.title(action.node_key),
            fields=[self._field(one) for one in action.form.fields],
        )

    def _field(self, field: Any) -> dict[str, Any]:
        return {
            "key": field.key,
            "kind": field.kind,
            "title": field.title.label(self.language),
            "isRequired": field.is_required,
            "options": [{"code": one.code, "title": one.title.label(self.language)} for one in field.options],
        }

    def _outcome(self, outcome: Outcome) -> schemas.OutcomeOut:
        difference = outcome.difference
        return schemas.OutcomeOut(
            name=outcome.name,
            title=outcome.title.label(self.language),
            is_passed=outcome.is_passed,
            place=self._place(difference.node) if difference else "",
            difference=self.problem(difference) if difference else "",
            trace=[self._happened(one) for one in outcome.tryout.trace],
            standing_at=list(outcome.tryout.standing_at),
        )

    def _place(self, place: str) -> str:
        number = place.removeprefix("step ")
        return self.translate("Step %(number)s", number=number) if number.isdigit() else self.translate("In the end")
