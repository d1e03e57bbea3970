"""Properties of every process: walked at random, no action breaks what must always be true."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from core.vocabulary import OwnerStatus, TicketState
from ops_db.process import approvals
from ops_db.process.change import JOINED
from ops_db.process.definition import (
    ApprovalNode,
    Definition,
    EndNode,
    JoinNode,
    SplitNode,
    TaskNode,
    TimerNode,
)
from ops_db.process.errors import InvalidData, MissingEvidence, ProcessError, TicketClosed
from ops_db.process.interpreter import act, start
from ops_db.process.loading import default_definition, parse_definition, shipped_definitions
from ops_db.process.offers import allowed_actions
from ops_db.process.problems import problems
from ops_db.process.state import Action, Actor, Event, State, Step, Token
from ops_db.process.transitions import END_EVENTS, EVENT_KINDS, TIMER_EVENTS, TRANSITIONS
from tests.random_processes import ACTORS, EVIDENCE_FACTS, definitions, filled, random_facts
from tests.watched_process import watched


def offered(
    definition: Definition, state: State, facts: dict[str, Any], actors: list[Actor]
) -> list[tuple[Actor, Action]]:
    return [(who, one) for who in actors for one in allowed_actions(definition, state, actor=who, facts=facts)]


def check_step(definition: Definition, before: State, offer: Action | None, step: Step) -> None:
    """Whatever an action does, this is true of it."""
    after = step.state
    check_events(before, offer, step)
    assert (after.ticket_state == TicketState.OPEN) == bool(after.tokens)
    ended = {one.token.id for one in step.ended}
    kept = {token.id for token in before.tokens} - ended
    assert {token.id for token in after.tokens} == kept | {token.id for token in step.opened}
    assert len({token.id for token in after.tokens}) == len(after.tokens)
    assert {token.id for token in step.changed} <= kept
    unchanged = kept - {token.id for token in step.changed}
    assert {token for token in after.tokens if token.id in unchanged} <= set(before.tokens)
    assert isinstance(step.owner_status, OwnerStatus)
    assert (step.owner_status == OwnerStatus.PAUSED) == after.is_paused
    for token in after.tokens:
        check_token(definition, token)
    if after.tokens:
        check_fork(definition, "", after.tokens)
        assert not isinstance(definition.by_key[str(after.node_key)], JoinNode)
    signed = {one.token_id for one in step.signers}
    assert signed <= {token.id for token in after.tokens} | ended
    for one in step.ended:
        if one.how == "completed" and one.choice in ("approved", "declined"):
            node = definition.by_key[one.token.node_key]
            if isinstance(node, ApprovalNode) and step.events[0].kind != TIMER_EVENTS["advance"]:
                assert approvals.outcome(node, one.token.signers) == one.choice


def check_events(before: State, offer: Action | None, step: Step) -> None:
    """Exactly one event a change, and one more where the process comes to its end."""
    kinds = [one.kind for one in step.events]
    assert [one.version for one in step.events] == list(range(before.version + 1, step.state.version + 1))
    assert {*kinds} <= {*EVENT_KINDS}
    action = offer.name if offer else None
    ends = step.state.ticket_state != TicketState.OPEN and action not in ("reject", "cancel")
    assert kinds[1:] == ([END_EVENTS[step.state.ticket_state]] if ends else [])
    if action == "time_out":
        assert kinds[0] in TIMER_EVENTS.values()
    else:
        assert kinds[0] == (TRANSITIONS[action].event if action else "ticket:create")


def check_token(definition: Definition, token: Token) -> None:
    """A live token rests at a node of its version, in the forks that node stands in, and its approval is open."""
    node = definition.by_key[token.node_key]
    assert isinstance(node, TaskNode | ApprovalNode | TimerNode | JoinNode)
    assert tuple(part.partition(":")[0] for part in token.fork.split("/") if part) == definition.scopes[node.key]
    if not isinstance(node, ApprovalNode):
        assert token.signers == ()
        return
    assert token.signers
    assert approvals.outcome(node, token.signers) is None
    deciders = [one.decided_by for one in token.signers if one.state in ("approved", "declined")]
    assert len(deciders) == len(set(deciders)), "a person counts once"
    assert [one.position for one in token.signers] == sorted(one.position for one in token.signers)
    states = [one.state for one in token.signers if one.state in ("pending", "waiting")]
    if node.order == "sequence":
        assert states == ["pending", *["waiting"] * (len(states) - 1)], "only the first waiting is asked"
    else:
        assert set(states) <= {"pending"}


def check_fork(definition: Definition, outer: str, tokens: tuple[Token, ...]) -> None:
    """A path is one token, or one split whose every branch is a path again: so a join can go on only once."""
    here = [token for token in tokens if token.fork == outer]
    if here:
        assert len(here) == len(tokens) == 1, (outer, tokens)
        return
    begins = f"{outer}/" if outer else ""
    steps = {token.fork[len(begins) :].split("/")[0] for token in tokens}
    (split,) = {step.partition(":")[0] for step in steps}
    node = definition.by_key[split]
    assert isinstance(node, SplitNode)
    assert steps == {f"{split}:{number}" for number in range(len(node.next))}
    at_join = [token for token in tokens if token.node_key == node.join]
    assert len(at_join) < len(node.next), "all are at the join, and it did not go on"
    for step in steps:
        path = begins + step
        check_fork(
            definition, path, tuple(one for one in tokens if one.fork == path or one.fork.startswith(f"{path}/"))
        )


def replayed(events: Iterable[Event]) -> tuple[TicketState, bool]:
    """Ticket state and pause, told from the log alone."""
    state, is_paused = TicketState.OPEN, False
    for one in events:
        noun, verb = one.kind.split(":")
        if noun == "ticket":
            ends = {"close": TicketState.CLOSED, "reject": TicketState.REJECTED, "cancel": TicketState.CANCELLED}
            state = ends.get(verb, TicketState.OPEN)
            is_paused = verb == "pause"
    return state, is_paused


def walk(chance: Random, definition: Definition, length: int, met: dict[str, int] | None = None) -> int:
    """Act at random and hold every step to its rules; returns how many actions were done."""
    facts = random_facts(chance)
    step = start(definition, facts=facts)
    check_step(definition, State(tokens=()), None, step)
    log, ids, done = list(step.events), [token.id for token in step.opened], 0
    for _ in range(length):
        state = step.state
        some = chance.sample(ACTORS, 4)
        offers = offered(definition, state, facts, some) or offered(definition, state, facts, ACTORS)
        if chance.random() < 0.2:
            check_refusals(chance, definition, state, facts)
        if not offers:
            # Two signatures of one role may be asked of a house where only one person has it.
            is_stuck = state.is_paused or any(token.signers for token in state.tokens)
            assert state.ticket_state != TicketState.OPEN or is_stuck
            break
        actor, offer = one_of(chance, offers)
        given_data = filled(chance, offer.form)
        following = tried(definition, state, actor, offer, given_data, facts)
        if following is None:
            continue
        step, done = following, done + 1
        facts |= {name: value for name, value in step.events[0].data.items() if name not in ("note", "reason", "timer")}
        check_step(definition, state, offer, step)
        log += step.events
        ids += [token.id for token in step.opened]
        if state.ticket_state != TicketState.OPEN:
            assert offer.name == "reopen"
        if met is not None:
            joined = ["joined"] if any(one.choice == JOINED for one in step.ended) else []
            for word in (step.events[0].kind, *joined, *(["notice"] if step.notices else [])):
                met[word] = met.get(word, 0) + 1
    assert len(ids) == len(set(ids))
    assert [one.version for one in log] == list(range(1, len(log) + 1))
    assert replayed(log) == (step.state.ticket_state, step.state.is_paused)
    return done


def one_of(chance: Random, offers: list[tuple[Actor, Action]]) -> tuple[Actor, Action]:
    """One offer, rare kinds of action as often as frequent ones, and what ends the ticket seldom."""
    names = sorted({offer.name for _, offer in offers})
    lasting = [name for name in names if name not in ("reject", "cancel") or chance.random() < 0.2] or names
    name = chance.choice(lasting)
    return chance.choice([pair for pair in offers if pair[1].name == name])


def tried(
    definition: Definition,
    state: State,
    actor: Actor,
    offer: Action,
    given_data: dict[str, Any],
    facts: dict[str, Any],
) -> Step | None:
    """What is offered is accepted, but for evidence that is not there yet or a person who is asked already."""
    try:
        return act(
            definition,
            state,
            offer.name,
            actor=actor,
            task=offer.token_id,
            choice=offer.choice,
            data=given_data,
            facts=facts,
        )
    except MissingEvidence as missing:
        needed = {one.fact: one.minimum for one in offer.evidence}
        named: tuple[str, ...] = missing.values["facts"]  # type: ignore[assignment]  # The error says which facts.
        assert named
        assert all(facts.get(fact, 0) < needed[fact] for fact in named)
        facts |= dict.fromkeys(EVIDENCE_FACTS, 2)
        return None
    except InvalidData:
        assert offer.name in ("add_signer", "delegate")
        assert "staff_id" in given_data
        return None


def check_refusals(chance: Random, definition: Definition, state: State, facts: dict[str, Any]) -> None:
    """What is not offered is refused with a code and a whole sentence, and changes nothing."""
    actor, action = chance.choice(ACTORS), chance.choice(list(TRANSITIONS))
    token = chance.choice(state.tokens).id if state.tokens and chance.random() < 0.8 else None
    choices = {one.key for node in definition.tasks.values() for one in node.choices} | set(definition.tasks)
    choice = chance.choice([None, *sorted(choices)])
    is_task = TRANSITIONS[action].subject == "task"
    fitting = [
        one
        for one in allowed_actions(definition, state, actor=actor, facts=facts)
        if (one.name, one.choice) == (action, choice) and (not is_task or token is None or one.token_id == token)
    ]
    form_data = filled(chance, fitting[0].form) if fitting else {}
    refusal = refusal_of(definition, state, action, actor=actor, task=token, choice=choice, data=form_data, facts=facts)
    if refusal is None:
        assert fitting
        return
    assert not fitting or refusal.code in ("missing_evidence", "invalid_data", "task_not_named")
    assert str(refusal) == refusal.template.format(**refusal.values)
    assert str(refusal).endswith(".")


def refusal_of(definition: Definition, state: State, action: str, **request: Any) -> ProcessError | None:
    try:
        act(definition, state, action, **request)
    except ProcessError as refusal:
        return refusal
    return None


# The machine ----------------------------------------------------------------------------------------------------------


def run_machine(steps: int, examples: int, length: int) -> dict[str, int]:
    """Walk random definitions until at least `steps` actions are done and every kind of change was met.

    What is rare is waited for, up to eight times as many steps; beside every random definition two that have everything
    are walked, so that whether a signature is delegated or a timer runs out is no matter of luck.
    """
    met: dict[str, int] = {}
    done = [0]
    (shipped,) = (one for one in shipped_definitions() if one.key == "property_repair")
    waiting = parse_definition(watched())

    # Shrinking a long walk takes minutes and the seed tells it all.
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(definition=definitions(), seed=st.integers(0, 2**32))
    def machine(definition: Definition, seed: int) -> None:
        # Seeds are drawn again and again; with what was done before, no walk is walked twice.
        begun = seed + (done[0] << 32)
        note(f"walked with Random({begun})")
        chance = Random(begun)
        for walked in (definition, definition, shipped, waiting):
            done[0] += walk(chance, walked, length, met)

    while done[0] < steps or (done[0] < 8 * steps and not set(met) >= EVERYTHING):
        machine()
    return met


EVERYTHING = {
    *(one.event for one in TRANSITIONS.values() if one.action != "time_out"),
    *TIMER_EVENTS.values(),
    "joined",
    "notice",
}


def test_no_invariant_breaks_in_five_thousand_random_steps_of_random_processes() -> None:
    met = run_machine(5_000, examples=60, length=60)
    assert set(met) >= EVERYTHING, f"the machine never met {EVERYTHING - set(met)}"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_invariant_breaks_in_a_hundred_thousand_random_steps_of_random_processes() -> None:
    met = run_machine(100_000, examples=400, length=120)
    assert set(met) >= EVERYTHING


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_path_of_the_default_process_writes_exactly_one_event_a_change(seed: int) -> None:
    assert walk(Random(seed), default_definition(), 25) > 0, "nobody can do anything with a new ticket"


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), ending=st.sampled_from(["reject", "cancel", "solved_by_phone"]))
def test_an_ended_ticket_takes_nothing_but_reopening(seed: int, ending: str) -> None:
    definition, desk, chance = default_definition(), Actor.of("desk"), Random(seed)
    opened = start(definition).state
    if ending == "solved_by_phone":
        ended = act(definition, opened, "complete", actor=desk, choice=ending, data={"note": "Explained"}).state
    else:
        ended = act(definition, opened, ending, actor=desk, data={"reason": "Reported twice"}).state
    actor, action = chance.choice(ACTORS), chance.choice([name for name in TRANSITIONS if name != "reopen"])
    with pytest.raises(TicketClosed):
        act(definition, ended, action, actor=actor)
    assert {one.name for one in allowed_actions(definition, ended, actor=actor)} <= {"reopen"}


@settings(max_examples=25, deadline=None)
@given(data=st.data(), definition=definitions())
def test_taking_away_a_way_out_or_a_default_is_always_found(data: st.DataObject, definition: Definition) -> None:
    spoilt = definition.model_dump(mode="json", by_alias=True)
    victim = data.draw(st.sampled_from([node for node in spoilt["nodes"] if node["kind"] in CODES]))
    code = CODES[victim["kind"]]
    spoiling = {"task": "choices", "branch": "default", "approval": "approvers"}[victim["kind"]]
    victim[spoiling] = None if spoiling == "default" else []
    assert (code, victim["key"]) in {(one.code, one.node) for one in problems(parse_definition(spoilt))}


CODES = {"task": "no_exit", "branch": "no_default", "approval": "no_approver"}


def test_random_definitions_hold_every_kind_of_node_and_both_ends() -> None:
    """The generator itself: a property that never meets a branch would say nothing about branches."""
    met: set[str] = set()

    @settings(max_examples=40, deadline=None, database=None)
    @given(definition=definitions())
    def collect(definition: Definition) -> None:
        for node in definition.nodes:
            met.add(node.ticket_state.value if isinstance(node, EndNode) else node.kind)
            if "__" in node.key:
                met.add("subprocess")

    kinds = {"start", "task", "approval", "branch", "split", "join", "timer", "notice", "subprocess"}
    everything = kinds | {"closed", "rejected"}
    for _ in range(5):
        if not met >= everything:
            collect()
    assert met == everything
