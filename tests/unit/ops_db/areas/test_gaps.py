"""Where the lead of an area is asked for in vain, and who is asked instead."""

from __future__ import annotations

from uuid import UUID

import pytest

from ops_db.areas.gaps import AskingProcess, Gap, Held, Lead, Reason, Spot, Way, wants
from ops_db.process.text import Text

EAST, WEST = UUID(int=1), UUID(int=2)
GARDEN, RIVER = UUID(int=11), UUID(int=12)
REPAIR = AskingProcess("repair", Text(zh="维修", en="Repair"))
NOWHERE = Held()


def spot(project: UUID = GARDEN, area: UUID | None = EAST, building: str | None = None) -> Spot:
    return Spot(project, f"P{project.int}", f"Project {project.int}", area, building, building)


def lead(*projects: UUID, everywhere: bool = False) -> Lead:
    return Lead(UUID(int=21), "L1", "赵琳", Held(everywhere, frozenset(projects)))


def gaps(
    spots: list[Spot], ways: list[Way], leads: dict[UUID, Lead | None], holders: Held = NOWHERE
) -> list[tuple[str, Reason, bool]]:
    found = wants([REPAIR], ways, spots, leads=leads, holders=holders)
    return [
        (gap.spot.building_code or gap.spot.project_code, gap.reason, gap.others) for one in found for gap in one.gaps
    ]


def test_a_place_with_a_lead_who_holds_the_role_there_lacks_nothing() -> None:
    assert gaps([spot()], [Way("repair")], {EAST: lead(GARDEN)}) == []
    assert gaps([spot()], [Way("repair")], {EAST: lead(everywhere=True)}) == []


@pytest.mark.parametrize(
    ("place", "leads", "reason"),
    [
        (spot(area=None), {EAST: lead(everywhere=True)}, Reason.NO_AREA),
        (spot(), {EAST: None}, Reason.NO_LEAD),
        (spot(), {EAST: lead(RIVER)}, Reason.LEAD_LACKS_ROLE),
        (spot(), {EAST: lead()}, Reason.LEAD_LACKS_ROLE),
    ],
)
def test_each_reason_is_told_with_whether_others_hold_the_role(
    place: Spot, leads: dict[UUID, Lead | None], reason: Reason
) -> None:
    assert gaps([place], [Way("repair")], leads) == [("P11", reason, False)]
    assert gaps([place], [Way("repair")], leads, Held(project_ids=frozenset({GARDEN}))) == [("P11", reason, True)]
    assert gaps([place], [Way("repair")], leads, Held(project_ids=frozenset({RIVER}))) == [("P11", reason, False)]


def test_only_places_from_which_a_rule_leads_to_the_process_are_named() -> None:
    spots = [spot(GARDEN, EAST), spot(GARDEN, WEST, "07"), spot(RIVER, EAST)]
    nobody: dict[UUID, Lead | None] = {EAST: None, WEST: None}
    assert [place for place, *_ in gaps(spots, [Way("repair", GARDEN)], nobody)] == ["P11", "07"]
    assert [place for place, *_ in gaps(spots, [Way("repair", area_id=WEST)], nobody)] == ["07"]
    assert [place for place, *_ in gaps(spots, [Way("repair", RIVER, WEST)], nobody)] == []
    assert [place for place, *_ in gaps(spots, [Way("repair", RIVER), Way("other")], nobody)] == ["P12"]


def test_a_process_that_no_rule_leads_to_is_looked_at_everywhere_and_marked() -> None:
    (found,) = wants([REPAIR], [Way("other")], [spot(area=None)], leads={}, holders=NOWHERE)
    assert not found.is_taken
    assert found.gaps == (Gap(spot(area=None), Reason.NO_AREA, others=False),)
    (taken,) = wants([REPAIR], [Way("repair")], [spot(area=None)], leads={}, holders=NOWHERE)
    assert taken.is_taken
