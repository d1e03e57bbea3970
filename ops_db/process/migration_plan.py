"""Moving running tickets to another version: where each of their tokens would rest, or why it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ops_db.process.definition import RESTING_KINDS, AnyNode, Definition, SplitNode, TaskNode
from ops_db.process.errors import Problem
from ops_db.process.state import State, Token


@dataclass(frozen=True, slots=True)
class Live:
    """A running ticket: what it is called, and where it stands."""

    ticket: str
    state: State


@dataclass(frozen=True, slots=True)
class Misfit:
    """A task that has no place in the new version, and why."""

    ticket: str
    token_id: str
    node_key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Plan:
    """The tickets that fit with their states in the new version, and every task that does not fit."""

    moved: tuple[Live, ...]
    misfits: tuple[Misfit, ...]

    @property
    def fits(self) -> bool:
        """Whether every ticket can be moved; a migration is all or nothing."""
        return not self.misfits


def suggested_map(old: Definition, new: Definition) -> dict[str, str]:
    """The nodes that are in both versions under one key and of one kind: the map to begin with."""
    return {
        node.key: node.key for node in old.nodes if node.key in new.by_key and new.by_key[node.key].kind == node.kind
    }


def likely_map(old: Definition, new: Definition) -> dict[str, str]:
    """The suggested map, and for a step whose key is gone the only new one of its kind that is called the same."""
    found = suggested_map(old, new)
    taken = set(found.values())
    for node in old.nodes:
        if node.key not in found and (title := getattr(node, "title", None)) is not None:
            alike = [
                one.key
                for one in new.nodes
                if one.kind == node.kind and one.key not in taken and getattr(one, "title", None) == title
            ]
            if len(alike) == 1:
                found[node.key] = alike[0]
                taken.add(alike[0])
    return found


def plan(old: Definition, new: Definition, live: Iterable[Live], node_map: Mapping[str, str]) -> Plan:
    """Where running tickets stand in `new`; `node_map` says which node of `new` stands for each of `old`."""
    moved: list[Live] = []
    misfits: list[Misfit] = []
    for one in live:
        tokens: list[Token] = []
        for token in one.state.tokens:
            fitted = _fitted(old, new, token, node_map)
            if isinstance(fitted, Problem):
                misfits.append(Misfit(one.ticket, token.id, token.node_key, fitted))
            else:
                tokens.append(fitted)
        if len(tokens) == len(one.state.tokens):
            moved.append(Live(one.ticket, one.state._replace(tokens=tuple(tokens))))
    return Plan(tuple(moved), tuple(misfits))


def _fitted(old: Definition, new: Definition, token: Token, node_map: Mapping[str, str]) -> Token | Problem:
    """The token at its node of the new version, or why it has no place there."""
    here = token.node_key
    target = node_map.get(here)
    node = new.by_key.get(target or "")
    if target is None:
        return Problem("not_mapped", here, "say which step of the new version stands for {node}", {"node": here})
    if node is None:
        return Problem("no_such_node", here, "the new version has no step {target}", {"target": target})
    return _misfit_of_node(old.by_key[here], node, token) or _in_fork(old, new, token, target, node_map)


def _misfit_of_node(before: AnyNode, node: AnyNode, token: Token) -> Problem | None:
    if not isinstance(node, RESTING_KINDS) or node.kind != before.kind:
        return Problem(
            "other_kind",
            before.key,
            "{node} is {kind} and cannot become {target}, which is {other}",
            {"node": before.key, "kind": before.kind, "target": node.key, "other": node.kind},
        )
    if isinstance(node, TaskNode):
        if token.visit is not None and not node.has_visits:
            return Problem(
                "on_the_way", before.key, "somebody is on the way, and {target} has no visit", {"target": node.key}
            )
        is_somebodys = token.technician_id is not None or token.crew_id is not None
        if isinstance(before, TaskNode) and is_somebodys and not node.takes_assignment:
            return Problem("assigned", before.key, "it is assigned, and {target} is nobody's", {"target": node.key})
    return None


def _in_fork(
    old: Definition, new: Definition, token: Token, target: str, node_map: Mapping[str, str]
) -> Token | Problem:
    """The token within the splits of the new version that stand for those it runs in."""
    steps = []
    for step in token.fork.split("/") if token.fork else ():
        split, _, branch = step.partition(":")
        mapped = new.by_key.get(node_map.get(split, ""))
        before = old.by_key[split]
        if (
            not isinstance(mapped, SplitNode)
            or not isinstance(before, SplitNode)
            or len(mapped.next) != len(before.next)
        ):
            return Problem(
                "fork_changed",
                token.node_key,
                "it runs within the fork {split}, which has no equal in the new version",
                {"split": split},
            )
        steps.append((mapped.key, branch))
    if tuple(split for split, _ in steps) != new.scopes.get(target, ()):
        return Problem("other_fork", token.node_key, "{target} stands within other forks", {"target": target})
    return token._replace(node_key=target, fork="/".join(f"{split}:{branch}" for split, branch in steps))
