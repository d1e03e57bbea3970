"""The check of a draft: what is unfinished is named with its place, and hides nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ops_db.errors import InvalidInput
from ops_db.process.loading import default_definition
from ops_db.process_admin.checking import House, check, runnable, storable


def default() -> dict[str, Any]:
    return default_definition().model_dump(mode="json", by_alias=True, exclude_defaults=True)


def node_of(document: dict[str, Any], key: str) -> dict[str, Any]:
    return next(node for node in document["nodes"] if node["key"] == key)


def lookup(_key: str) -> None:
    return None


nothing = House(lookup)


def test_the_default_process_has_no_faults() -> None:
    assert check(default(), nothing) == []


def test_a_way_out_that_leads_nowhere_is_named_with_its_place() -> None:
    document = default()
    del node_of(document, "repair")["choices"][1]["next"]
    assert [(one.code, one.node, one.path) for one in check(document, nothing)] == [
        ("unconnected", "repair", "choices.1.next")
    ]


def test_an_open_way_out_hides_no_other_fault() -> None:
    document = default()
    node_of(document, "intake")["choices"][1]["next"] = ""
    document["nodes"].append({"kind": "end", "key": "forgotten"})
    found = {(one.code, one.node) for one in check(document, nothing)}
    assert found == {("unconnected", "intake"), ("unreachable", "forgotten")}


def test_a_missing_word_is_named_with_its_node_and_property() -> None:
    document = default()
    node_of(document, "dispatch")["title"]["en"] = ""
    [found] = check(document, nothing)
    assert (found.code, found.node, found.path) == ("shape", "dispatch", "title.en")
    assert found.message == "Something is still to be filled in here."


def test_a_condition_that_fits_no_form_is_one_fault_not_four() -> None:
    document = default()
    node_of(document, "is_fault_known")["cases"][0]["when"] = {"field": "", "op": "eq", "value": True}
    assert len(check(document, nothing)) == 1


def test_a_fault_of_a_control_belongs_to_the_process() -> None:
    document = default()
    document["controls"][0]["to"] = ["intake"]
    [found] = check(document, nothing)
    assert (found.node, found.path) == (None, "controls.0")


def test_what_runs_is_the_document_without_what_goes_without_saying() -> None:
    assert runnable(default(), nothing) == default()


def test_checking_changes_nothing() -> None:
    document = default()
    del node_of(document, "reported")["next"]
    before = copy.deepcopy(document)
    assert check(document, nothing)
    assert document == before


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"nodes": "none"},
        {"nodes": ["start"]},
        {"nodes": [], "title": "a\0b"},
        {"nodes": [], "title": "\ud800"},
        {"nodes": [], "title": "x" * 20_001},
        {"nodes": [{}] * 501},
        {"nodes": [], "minutes": float("inf")},
    ],
    ids=["no mapping", "no list", "no node", "null", "half a letter", "too long", "too many", "endless"],
)
def test_what_cannot_be_stored_is_refused(document: object) -> None:
    with pytest.raises(InvalidInput):
        storable(document)


def test_what_is_nested_without_end_is_refused() -> None:
    document: dict[str, Any] = {"nodes": []}
    inner = document
    for _ in range(60):
        inner["all"] = {}
        inner = inner["all"]
    with pytest.raises(InvalidInput, match="nested"):
        storable(document)
