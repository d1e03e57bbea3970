"""Every declared route meets every role, on what is theirs and on what is another project's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from fastapi import APIRouter

from core.identifiers import uuid7
from core.vocabulary import ROLE_PERMISSIONS, Role
from tests.route_cases import NoCaseError, address, filled_in, form, is_of_a_project
from tests.route_world import CANARY, FOREIGN, OWN, PICTURE, ROLES, Answer, Side, World
from ticket_service.api.description import describe
from ticket_service.policies import Allowed, OwnerLink, Policy, SignedIn, declared_policies

Route = tuple[str, str, Policy]
Sent = dict[str, Any]


def request_for(world: World, method: str, path: str, side: Side) -> Sent:
    """What is sent: the description's example for the API, the form for a page."""
    if method == "GET" or "/photos" in path or path.endswith("/attachments"):
        is_upload = method == "POST"
        return {"files": {"file": ("a.jpg", PICTURE, "image/jpeg")}} if is_upload else {}
    if not path.startswith("/api/"):
        return {"data": form(path, side)}
    operation = describe(world.app)["paths"][path][method.lower()]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    headers = {"Idempotency-Key": f"matrix-{uuid7()}"}
    return {"json": filled_in(body, side), "headers": headers} if body is not None else {"headers": headers}


class Cells:
    """The cells that were filled, and what was wrong in which."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []

    def expect(self, holds: bool, kind: str, who: str, route: Route, answer: Answer) -> None:
        self.count[kind] += 1
        if not holds:
            self.wrong.append(
                f"{kind}: {route[0]} {route[1]} ({route[2]!r}) as {who or 'nobody'} -> {answer.status} {answer.code}"
                f" {answer.written} {answer.text[:160]!r}"
            )


def is_sent_to_sign_in(answer: Answer, path: str) -> bool:
    if path.startswith("/api/"):
        return (answer.status, answer.code) == (401, "not_signed_in")
    return answer.status == 303 and answer.headers["location"].startswith("/sign-in")


def is_refused_by_policy(answer: Answer, path: str) -> bool:
    return answer.code == "not_permitted" if path.startswith("/api/") else answer.status == 403


def ask(world: World, who: str, route: Route, side: Side) -> Answer:
    method, path, _ = route
    return world.ask(who, method, address(path, side), **request_for(world, method, path, side))


def fill_public(cells: Cells, world: World, route: Route, own: Side) -> None:
    """What is open to all gives nobody an error, whoever asks."""
    for role in ("", *ROLES):
        who = f"{role}@own" if role else ""
        answer = ask(world, who, route, own)
        cells.expect(answer.status < 500, "no error", who, route, answer)


def fill_guarded(cells: Cells, world: World, route: Route, role: str, own: Side, foreign: Side) -> None:
    """A role for every project meets the own one; a role for the own project meets both."""
    method, path, policy = route
    permitted = ROLE_PERMISSIONS[Role(role)] if role != "None" else ()
    lacks = isinstance(policy, Allowed) and set(policy.permissions).isdisjoint(permitted)
    who = f"{role}@own"
    if lacks:
        # The policy refuses before anybody looks at the object, so the foreign one stands for both.
        refused = ask(world, who, route, foreign)
        cells.expect(is_refused_by_policy(refused, path), "without the permission", who, route, refused)
        cells.expect(CANARY not in refused.text, "foreign words", who, route, refused)
        cells.expect(not refused.written, "foreign rows", who, route, refused)
        return
    whole = ask(world, role, route, own)
    is_refused = isinstance(policy, Allowed) and is_refused_by_policy(whole, path)
    cells.expect(whole.status < 500, "no error", role, route, whole)
    if whole.code or method == "GET":
        # A form is also answered by 403 when the process refuses; a program's problem says which it was.
        cells.expect(not is_refused, "with the permission", role, route, whole)
    abroad = ask(world, who, route, foreign)
    met = [abroad] if not is_of_a_project(path) else [abroad, ask(world, who, route, own)]
    for answer in met:
        cells.expect(answer.status < 500, "no error", who, route, answer)
        cells.expect(CANARY not in answer.text, "foreign words", who, route, answer)
        cells.expect(not answer.written, "foreign rows", who, route, answer)
    if is_of_a_project(path):
        is_none = 400 <= abroad.status < 500 or abroad.text == "[]"
        cells.expect(is_none, "foreign object", who, route, abroad)


def test_no_role_gets_at_what_it_may_not_by_any_route(world: World) -> None:
    cells, own, foreign = Cells(), world.sides[OWN], world.sides[FOREIGN]
    routes = list(declared_policies(world.app))
    for route in routes:
        if not isinstance(route[2], Allowed | SignedIn):
            fill_public(cells, world, route, own)
            continue
        nobody = ask(world, "", route, own)
        cells.expect(is_sent_to_sign_in(nobody, route[1]), "nobody", "", route, nobody)
        for role in ("None", *ROLES):
            fill_guarded(cells, world, route, str(role), own, foreign)
    print(f"{len(routes)} routes, {sum(cells.count.values())} cells: {dict(cells.count)}")
    assert not cells.wrong, f"{len(cells.wrong)} leaks:\n" + "\n".join(cells.wrong[:25])
    assert cells.count["foreign object"] > 10 * len(ROLES)


def test_the_link_of_one_ticket_opens_no_other(world: World) -> None:
    own, foreign = world.sides[OWN], world.sides[FOREIGN]
    met = 0
    for method, path, policy in declared_policies(world.app):
        if not isinstance(policy, OwnerLink):
            continue
        met += 1
        with_own_link = address(path, Side(OWN, foreign.words | {"token": own.words["token"]}))
        answer = world.ask("", method, with_own_link, **request_for(world, method, path, foreign))
        assert CANARY not in answer.text, path
        assert not answer.written, path
        if "attachment_id" in path:
            assert answer.status == 404, path
    assert met > 8


def test_lists_and_searches_show_nothing_of_another_project(world: World) -> None:
    foreign = world.sides[FOREIGN].words
    for role in ROLES:
        for address_of_list in (
            f"/api/v1/tickets?search={foreign['number']}",
            f"/api/v1/tickets?project_code={FOREIGN}",
            "/api/v1/tickets?search=金丝雀",
            "/api/v1/tickets?search=13900004321",
            f"/api/v1/homes?search={foreign['unit_code']}",
            "/api/v1/homes?search=13900004321",
            f"/desk?view=open&q={foreign['number']}",
            f"/desk?view=open&project={FOREIGN}",
            "/desk?view=open&q=金丝雀",
        ):
            answer = world.ask(f"{role}@own", "GET", address_of_list)
            # A search repeats what was asked for; only the places of another project would give it away.
            found = answer.text.replace("金丝雀", "", answer.text.count('value="金丝雀"'))
            assert f"{CANARY}主卫渗水" not in found, (role, address_of_list)
            assert f"{FOREIGN}-03-1802" not in answer.text or "search=" in address_of_list, (role, address_of_list)


def test_every_route_has_a_case(world: World) -> None:
    paths = {path for _, path, _ in declared_policies(world.app)}
    missing = []
    for path in sorted(paths):
        try:
            address(path, world.sides[OWN])
        except NoCaseError as error:
            missing.append(f"{path}: {error}")
    assert len(paths) > 100
    assert missing == []


def test_a_route_with_a_part_nobody_described_is_reported() -> None:
    router = APIRouter()
    router.get("/things/{thing_id}")(lambda: None)
    with pytest.raises(NoCaseError, match="thing_id"):
        address("/things/{thing_id}", Side(OWN, {}))


def test_the_world_undoes_what_a_request_did(world: World) -> None:
    number = world.sides[OWN].words["number"]
    before = world.ask("desk", "GET", f"/api/v1/tickets/{number}").response
    route = ("POST", "/api/v1/tickets/{number}/actions", Allowed)
    done = world.ask(
        "desk", "POST", address(route[1], world.sides[OWN]), **request_for(world, *route[:2], world.sides[OWN])
    )
    assert done.status == 200, done.text
    after = world.ask("desk", "GET", f"/api/v1/tickets/{number}").response
    assert before is not None
    assert after is not None
    assert before.json() == after.json()


def test_rows_of_another_project_written_by_somebody_who_may_are_seen(world: World) -> None:
    route = ("POST", "/api/v1/tickets/{number}/actions")
    foreign = world.sides[FOREIGN]
    done = world.ask("desk", "POST", address(route[1], foreign), **request_for(world, *route, foreign))
    assert done.status == 200, done.text
    assert {"ticket", "ticket_event"} <= set(done.written)
