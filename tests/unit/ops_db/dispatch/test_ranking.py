"""Who should go, and why: the same for the same facts, and each point has its words."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.work_vocabulary import CrewSource, DispatchMode
from ops_db.dispatch.ranking import Candidate, Engagement, Job, Reason, ranked
from ops_db.dispatch.reason_words import ReasonWord, kept, read, sentence
from ops_db.dispatch.rules import CONDITIONS, Circumstances, Rule, chosen_rule, verdicts
from ops_db.dispatch.shifts import Absence, Roster, ShiftRow, Stretch

GARDEN, RIVERSIDE, BLOCK_3, BLOCK_9 = (UUID(int=number) for number in range(1, 5))
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
JOB = Job(
    project_id=GARDEN,
    building_id=BLOCK_3,
    trade="waterproofing",
    starts_at=MONDAY,
    ends_at=MONDAY + dt.timedelta(hours=2),
)
DAY_SHIFT = Roster((ShiftRow(1, None, 510, 1080),))


def somebody(name: str, **known: object) -> Candidate:
    return Candidate(**{"staff_id": UUID(int=1000 + sum(map(ord, name))), "name": name, **known})  # type: ignore[arg-type]  # The names are those of the fields.


def test_the_reasons_are_said_as_a_dispatcher_would() -> None:
    one = somebody(
        "李师傅",
        trades=frozenset({"waterproofing"}),
        open_count=2,
        roster=DAY_SHIFT,
        engagements=(Engagement(GARDEN, BLOCK_3),),
    )
    [found] = ranked([one], JOB)
    assert sentence(found.reasons, "en") == "2 open, has Waterproofing, on shift, same building today"
    assert sentence(found.reasons, "zh-CN") == "手头2单，会防水，当班，今日同楼栋"
    assert found.points == -12 + 50 + 14
    assert read(kept(found.reasons)) == list(found.reasons)


def test_skill_goes_before_load_and_load_before_name() -> None:
    skilled = somebody("a", trades=frozenset({"waterproofing"}), open_count=8)
    idle = somebody("b", trades=frozenset({"plumbing"}))
    others = [somebody(name, trades=frozenset({"waterproofing"}), open_count=1) for name in ("d", "c")]
    assert [one.candidate.name for one in ranked([idle, skilled, *others], JOB)] == ["c", "d", "a", "b"]


def test_somebody_away_stands_last_and_is_never_the_best() -> None:
    leave = Roster((), (Absence(dt.date(2026, 3, 1), dt.date(2026, 3, 8), "vacation"),))
    away = somebody("a", trades=frozenset({"waterproofing"}), roster=leave)
    unskilled = somebody("b", open_count=9)
    found = ranked([away, unskilled], JOB)
    assert [one.candidate.name for one in found] == ["b", "a"]
    assert [one.is_fit for one in found] == [False, False]
    assert sentence(found[1].reasons, "en") == "away until 8 Mar, 0 open"


def test_off_shift_and_a_promise_elsewhere_put_somebody_back_and_are_said() -> None:
    busy = somebody(
        "a",
        trades=frozenset({"waterproofing"}),
        engagements=(Engagement(RIVERSIDE, BLOCK_9, MONDAY + dt.timedelta(hours=1), MONDAY + dt.timedelta(hours=3)),),
    )
    night = somebody("b", trades=frozenset({"waterproofing"}), roster=Roster((ShiftRow(1, None, 1200, 1440),)))
    free = somebody("c", trades=frozenset({"waterproofing"}), open_count=3)
    found = ranked([busy, night, free], JOB)
    assert [(one.candidate.name, one.is_fit) for one in found] == [("c", True), ("a", False), ("b", False)]
    assert sentence(found[1].reasons, "en").endswith("promised elsewhere then")
    assert sentence(found[2].reasons, "en").endswith("off shift")


def test_shared_grounds_are_in_no_building_that_somebody_could_be_in() -> None:
    grounds = Job(project_id=GARDEN, building_id=None, trade=None, starts_at=MONDAY, ends_at=MONDAY)
    [found] = ranked([somebody("a", engagements=(Engagement(GARDEN, None),))], grounds)
    assert [reason.code for reason in found.reasons] == ["load", "same_project"]


@given(
    st.lists(st.tuples(st.text("abcdef", min_size=1, max_size=3), st.booleans(), st.integers(0, 12)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_depends_on_nothing_but_the_facts(people: list[tuple[str, bool, int]], chance: object) -> None:
    candidates = [
        Candidate(
            staff_id=UUID(int=number),
            name=name,
            trades=frozenset({"waterproofing"} if skilled else ()),
            open_count=open_count,
        )
        for number, (name, skilled, open_count) in enumerate(people)
    ]
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random.
    assert ranked(shuffled, JOB) == ranked(candidates, JOB)
    assert all(one.points == sum(reason.points for reason in one.reasons) for one in ranked(candidates, JOB))


@pytest.mark.parametrize("word", ReasonWord)
def test_each_reason_has_words_in_both_languages(word: ReasonWord) -> None:
    value = "2026-03-08" if word == ReasonWord.AWAY else "3"
    assert sentence([Reason(word, 0, value)], "zh-CN")
    assert "{" not in sentence([Reason(word, 0, value)], "en")


# Rosters --------------------------------------------------------------------------------------------------------------


def test_a_date_replaces_the_weekly_pattern_and_leave_replaces_both() -> None:
    roster = Roster(
        (
            ShiftRow(1, None, 780, 1080),
            ShiftRow(1, None, 510, 720),
            ShiftRow(None, dt.date(2026, 3, 9), 600, 660),
            ShiftRow(None, dt.date(2026, 3, 16), None, None),
        ),
        (Absence(dt.date(2026, 3, 23), dt.date(2026, 3, 23), "illness"),),
    )
    days = [dt.date(2026, 3, day) for day in (2, 3, 9, 16, 23)]
    assert [roster.stretches_on(day) for day in days] == [
        (Stretch(510, 720), Stretch(780, 1080)),
        (),
        (Stretch(600, 660),),
        (),
        (),
    ]


def test_nobody_can_say_whether_somebody_without_a_pattern_works() -> None:
    assert Roster().works_at(MONDAY) is None
    assert DAY_SHIFT.works_at(MONDAY) is True
    assert DAY_SHIFT.works_at(MONDAY.replace(hour=18)) is False


# Rules ----------------------------------------------------------------------------------------------------------------


def rule(position: int, **named: object) -> Rule:
    values = {"crew_source": CrewSource.ANY, "mode": DispatchMode.SUGGEST} | named
    return Rule(id=UUID(int=position), position=position, **values)  # type: ignore[arg-type]  # As above.


def test_the_first_rule_in_order_of_which_everything_named_is_true_decides() -> None:
    rules = [
        rule(3, mode=DispatchMode.GRAB),
        rule(1, category_code="water", severity="emergency"),
        rule(2, category_code="water", project_id=GARDEN, mode=DispatchMode.ASSIGN),
    ]
    found = [(one.rule.position, one.failed, one.is_chosen) for one in verdicts(rules, water())]
    assert found == [(1, "severity", False), (2, None, True), (3, None, False)]
    assert chosen_rule(rules, water(category_code="lift")) == rules[0]
    assert chosen_rule([], water()) is None


def water(**changes: object) -> Circumstances:
    return Circumstances(**{"project_id": GARDEN, "category_code": "water", "severity": "urgent", **changes})  # type: ignore[arg-type]  # As above.


def test_what_is_not_known_fits_no_condition() -> None:
    assert chosen_rule([rule(1, is_in_owner_warranty=False)], water()) is None
    assert chosen_rule([rule(1, is_in_owner_warranty=False)], water(is_in_owner_warranty=False)) is not None


def test_a_rule_for_the_builders_crew_passes_where_the_builder_has_none() -> None:
    builders = rule(1, crew_source=CrewSource.BUILDER)
    assert [one.failed for one in verdicts([builders], water())] == ["builder_crew_id"]
    known = water(builder_crew_id=UUID(int=77))
    assert builders.crew_for(known) == UUID(int=77)
    assert chosen_rule([builders], known) == builders


def test_a_rule_that_rests_decides_nothing() -> None:
    assert chosen_rule([rule(1, is_active=False)], water()) is None


def test_every_condition_is_something_circumstances_know() -> None:
    assert all(hasattr(water(), name) for name in CONDITIONS)
