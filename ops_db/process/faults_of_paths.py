"""Faults of the drawing as a whole: nodes without a way to them or out, forks that never meet, circles nobody stops."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from ops_db.process.definition import (
    BranchNode,
    Definition,
    EndNode,
    JoinNode,
    NoticeNode,
    SplitNode,
    TimerNode,
    next_keys,
    scope_after,
)
from ops_db.process.errors import Problem

DEEPEST_FORK: Final = 10

Scope = tuple[str, ...]


def faults_of_paths(definition: Definition) -> Iterator[Problem]:
    """Every fault of how the nodes hang together; the keys they name must exist."""
    following = {node.key: tuple(dict.fromkeys(next_keys(node))) for node in definition.nodes}
    again = {key for control in definition.controls for key in control.to}
    again |= {key for node in definition.approvals.values() for key in node.return_to}
    reachable = _closure({definition.start_node.key, *again}, following)
    ending = _closure((node.key for node in definition.nodes if isinstance(node, EndNode)), _turned(following))
    for node in definition.nodes:
        if node.key not in reachable:
            yield Problem("unreachable", node.key, "no path from the start leads here")
        elif node.key not in ending:
            yield Problem("no_way_out", node.key, "no path from here leads to an end")
    yield from _circles(definition, following)
    yield from _faults_of_forks(definition, reachable)
    yield from _faults_of_returns(definition)


def _circles(definition: Definition, following: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Nodes that lead back to themselves with nobody to stop it: nothing between them waits."""
    passed = {
        node.key
        for node in definition.nodes
        if isinstance(node, BranchNode | NoticeNode | SplitNode | JoinNode)
        or (isinstance(node, TimerNode) and node.minutes == 0)
    }
    inner = {key: [to for to in following[key] if to in passed] for key in passed}
    for key in _on_circles(inner):
        yield Problem("endless_branches", key, "the process leads back here with no task in between")


def _on_circles(edges: Mapping[str, Collection[str]]) -> list[str]:
    """The nodes that lie on a circle, in order: what is left once ends and beginnings are peeled off again and again.

    What lies between two circles is left too, and is told apart by whether it reaches itself.
    """
    left = _peeled(_turned(_peeled(edges)))
    return [key for key in edges if key in left and key in _closure(edges[key], edges)]


def _peeled(edges: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The graph without the nodes that lead nowhere within it."""
    count = {key: len(to) for key, to in edges.items()}
    before = _turned(edges)
    waiting = [key for key, number in count.items() if number == 0]
    while waiting:
        key = waiting.pop()
        del count[key]
        for one in before[key]:
            count[one] -= 1
            if count[one] == 0:
                waiting.append(one)
    return {key: [to for to in edges[key] if to in count] for key in count}


def _faults_of_forks(definition: Definition, reachable: Collection[str]) -> Iterator[Problem]:
    """Walk every path with the splits it runs within, and say where paths of different depth meet."""
    found: dict[str, Scope] = {}
    faults: dict[tuple[str, str], Problem] = {}
    # What only a return or a reopening reaches is begun with outside of every fork, after all that the start reaches.
    for start in (definition.start_node.key, *(key for key in definition.scopes if key in reachable)):
        waiting: list[tuple[str, Scope]] = [] if start in found else [(start, ())]
        while waiting:
            key, scope = waiting.pop()
            known = found.get(key)
            found.setdefault(key, scope)
            fault = _fault_at(definition, key, scope, known)
            if fault is not None:
                faults.setdefault((fault.code, key), fault)
            if known is None and (fault is None or fault.code == "wrong_join"):
                node = definition.by_key[key]
                waiting.extend((to, scope_after(node, scope)) for to in next_keys(node))
    yield from faults.values()


def _fault_at(definition: Definition, key: str, scope: Scope, known: Scope | None) -> Problem | None:
    node = definition.by_key[key]
    if isinstance(node, EndNode):
        return _end_in_fork(key, scope) if scope else None
    if known is not None and known != scope:
        split = next(iter(sorted({*known} ^ {*scope})), "")
        return Problem(
            "fork_crossed",
            key,
            "paths from inside and from outside the fork {split} meet here; only its join may let them out",
            {"split": split},
        )
    if len(scope) > DEEPEST_FORK:
        return Problem(
            "fork_too_deep", key, "forks stand within each other more than {most} deep", {"most": DEEPEST_FORK}
        )
    if isinstance(node, JoinNode):
        if not scope:
            return Problem("join_without_split", key, "paths come here that no split sent; it would wait for ever")
        split_node = definition.by_key[scope[-1]]
        if isinstance(split_node, SplitNode) and split_node.join != key:
            return Problem(
                "wrong_join",
                key,
                "paths of the fork {split} come here, but are to meet at {join}",
                {"split": split_node.key, "join": split_node.join},
            )
    return None


def _end_in_fork(key: str, scope: Scope) -> Problem:
    return Problem(
        "end_in_fork",
        key,
        "a path of the fork {split} ends here and never comes to its join, which waits for ever",
        {"split": scope[-1]},
    )


def _faults_of_returns(definition: Definition) -> Iterator[Problem]:
    for index, control in enumerate(definition.controls):
        place = f"controls[{index}] ({control.action})"
        here = [definition.scopes.get(key, ()) for key in control.at] or [()]
        for key in control.to:
            scope = definition.scopes.get(key, ())
            is_return = control.action == "return"
            # A return offered anywhere is left out at run time where it would lead into a fork.
            if (control.at or not is_return) and not all(one[: len(scope)] == scope for one in here):
                yield _return_into_fork(place, key, scope)
    for node in definition.approvals.values():
        here_scope = definition.scopes.get(node.key, ())
        for key in node.return_to:
            scope = definition.scopes.get(key, ())
            if here_scope[: len(scope)] != scope:
                yield _return_into_fork(node.key, key, scope)


def _return_into_fork(place: str, key: str, scope: Scope) -> Problem:
    return Problem(
        "return_into_fork",
        place,
        "{key} stands within the fork {split}, and one path cannot jump into it",
        {"key": key, "split": scope[-1]},
    )


def _turned(edges: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same edges, the other way round."""
    turned: dict[str, list[str]] = {key: [] for key in edges}
    for key, targets in edges.items():
        for target in targets:
            turned[target].append(key)
    return turned


def _closure(start: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(edges[key])
    return seen
