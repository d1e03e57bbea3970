"""Which steps of a process nobody could do, in one project or anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from core.vocabulary import Role
from ops_db.areas.gaps import Held
from ops_db.process.loading import load_definition
from ops_db.process_admin.holders import unheld
from tests.watched_process import watched

GARDEN, RIVER = UUID(int=1), UUID(int=2)
EVERYBODY = {role.value: Held(everywhere=True) for role in Role}


def lacking(held: Mapping[str, Held], project_id: UUID | None = None) -> list[tuple[str, tuple[str, ...]]]:
    definition = load_definition(watched(approvers=[{"role": "finance"}, {"person": "area_lead"}]))
    return [(title.en, tuple(roles)) for title, roles in unheld(definition, held, project_id)]


def test_a_process_whose_roles_are_all_held_lacks_nobody() -> None:
    assert lacking(EVERYBODY) == []
    assert lacking(EVERYBODY, GARDEN) == []


def test_each_step_whose_roles_nobody_holds_is_named() -> None:
    held = {code: one for code, one in EVERYBODY.items() if code not in ("warehouse", "finance", "area_lead")}
    assert lacking(held) == [("money", ("finance",)), ("money", ("area_lead",)), ("right", ("warehouse",))]


def test_a_role_held_in_another_project_does_not_help_where_a_rule_is_for_one() -> None:
    held = EVERYBODY | {"warehouse": Held(project_ids=frozenset({RIVER}))}
    assert lacking(held) == []
    assert lacking(held, RIVER) == []
    assert lacking(held, GARDEN) == [("right", ("warehouse",))]
