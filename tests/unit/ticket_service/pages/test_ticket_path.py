"""The drawing of a ticket's way for who does not see by which rules the house decides."""

from ops_db.process.loading import default_definition
from ticket_service.pages.ticket_path import drawing_for


def test_a_branch_says_which_case_it_is_and_not_its_condition() -> None:
    drawn = drawing_for(default_definition(), sees_rules=False)
    cases = [case for node in drawn["nodes"] for case in node.get("cases", [])]
    assert cases
    assert all(case["when"] == {} for case in cases)
    untitled = {"zh-CN": "情况 1", "en": "Case 1"}
    assert untitled in [case["title"] for case in cases]
