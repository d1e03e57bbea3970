"""Scenario packs: the shipped ones pass, and a difference is said in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from ops_db.process import simulate
from ops_db.process.errors import ScenarioPackInvalid, TicketPaused
from ops_db.process.loading import DEFINITIONS, default_definition, load_definition_file
from ops_db.process.scenarios import parse_pack, parse_pack_file, parse_pack_text, run_pack
from ops_db.process.state import Actor

PACKS = {name: DEFINITIONS / f"{name}.scenarios.yaml" for name in ("default", "property_repair")}
DESK = Actor.of("desk", account_id="desk")


@pytest.mark.parametrize("name", PACKS)
def test_every_scenario_of_the_shipped_packs_passes(name: str) -> None:
    pack = parse_pack_file(PACKS[name])
    outcomes = run_pack(load_definition_file(DEFINITIONS / f"{name}.yaml"), pack)
    assert [str(one.difference) for one in outcomes if not one.is_passed] == []
    assert len(outcomes) >= (10 if name == "property_repair" else 5)


def test_a_pack_proves_something_another_process_does_not_do() -> None:
    """The pack of one process must not pass on another by accident."""
    outcomes = run_pack(default_definition(), parse_pack_file(PACKS["property_repair"]))
    assert not any(one.is_passed for one in outcomes if one.name != "pause_holds_the_clock")


def pack(*when: dict[str, Any], **more: Any) -> dict[str, Any]:
    title = {"zh-CN": "场景", "en": "Scenario"}
    scenario = {"name": "one", "title": title, "when": list(when), **more}
    return {"process": "standard_repair", "title": title, "scenarios": [scenario]}


ACCEPT = {"action": "complete", "as": "desk", "choice": "accept"}


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            [ACCEPT | {"expect": {"at": ["repair"]}}],
            "step 1: the ticket should stand at repair, but",
        ),
        ([ACCEPT, ACCEPT], "step 2: it was refused (choice_unknown): There is no choice accept here."),
        ([ACCEPT | {"expect": {"refused": "ticket_closed"}}], "step 1: it should be refused with ticket_closed, but"),
        ([ACCEPT | {"expect": {"owner_status": "to_rate"}}], "the owner should see to_rate, but sees accepted"),
        (
            [ACCEPT, {"wait": {"working": "1h"}, "expect": {"notices": []}}],
            "– should be told, but supervisor was",
        ),
        ([ACCEPT | {"expect": {"events": ["task:return"]}}], "the log should say task:return, but says task:complete"),
        ([ACCEPT | {"expect": {"assigned_to": "wang"}}], "the task should be that of wang, but is that of –"),
    ],
)
def test_the_first_difference_is_said_in_words(steps: list[dict[str, Any]], said: str) -> None:
    (outcome,) = run_pack(default_definition(), parse_pack(pack(*steps)))
    assert said in str(outcome.difference)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"process": None}, "process"),
        ({"scenarios": []}, "scenarios"),
        ({"scenarios": [{"name": "x"}]}, "scenarios.0.title"),
        ({"people": {"x": {"roles": []}}}, "people.x.roles"),
    ],
)
def test_a_malformed_pack_is_refused_with_its_place(spoil: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioPackInvalid) as invalid:
        parse_pack(copy.deepcopy(pack(ACCEPT)) | spoil)
    assert said in str(invalid.value)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"action": "complete"}, "an action needs `as`"),
        (ACCEPT | {"wait": "2h"}, "not both"),
        ({}, "does, waits, learns or expects"),
        ({"wait": "soon"}, "a duration like 2h"),
        ({"wait": {"working": "2h", "calendar": "2h"}}, "one of them"),
    ],
)
def test_a_step_that_means_nothing_is_refused(step: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioPackInvalid, match=said):
        parse_pack_text(yaml.safe_dump(pack(step)))


def test_a_session_can_be_gone_back_to() -> None:
    began = simulate.begin(default_definition(), facts={"severity": "urgent"})
    accepted = simulate.apply(began, "complete", actor=DESK, choice="accept")
    assert (began.standing_at, accepted.standing_at) == (("intake",), ("dispatch",))
    assert {one.choice for one in simulate.offered(began, DESK) if one.name == "complete"} == {
        "accept",
        "solved_by_phone",
    }
    assert [(one.action, one.node_key, one.standing_at) for one in accepted.trace] == [
        ("open", "reported", ("intake",)),
        ("complete", "intake", ("dispatch",)),
    ]


def test_timers_fire_once_and_in_order_and_stand_still_while_paused() -> None:
    began = simulate.begin(default_definition(), due_in_minutes=60)
    later = simulate.wait(began, 45, clock="working")
    assert [one.timer for one in later.trace if one.timer] == ["due_soon"]
    paused = simulate.apply(later, "pause", actor=DESK, data={"reason": "weather"})
    long_after = simulate.wait(paused, 10_000, clock="working")
    assert [one.timer for one in long_after.trace if one.timer] == ["due_soon"]
    with pytest.raises(TicketPaused):
        simulate.apply(long_after, "complete", actor=DESK, choice="accept")
    resumed = simulate.apply(long_after, "resume", actor=DESK)
    assert [one.timer for one in simulate.wait(resumed, 15, clock="working").trace if one.timer] == ["due_soon"]
    end = simulate.wait(resumed, 16, clock="working")
    assert [one.timer for one in end.trace if one.timer] == ["due_soon", "overdue"]
    assert end.now > resumed.now
