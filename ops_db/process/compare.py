"""What two versions of a process differ in: nodes, what leads where, and who may steer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ops_db.process.definition import AnyNode, Definition, edges

_WAYS: Final = frozenset({"next", "approved", "declined", "default", "rejected"})
"""Properties that are edges, and compared as such."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way on: from which node, by which choice, case or path, and where to."""

    origin: str
    way: str
    target: str


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node that is in both versions but not alike; `properties` are those that differ, edges left out."""

    key: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything `new` does differently; where nodes stand on the drawing is not part of it."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[NodeChange, ...]
    edges_added: tuple[Edge, ...]
    edges_removed: tuple[Edge, ...]
    properties: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether both versions do the same."""
        return not any((self.added, self.removed, self.changed, self.edges_added, self.edges_removed, self.properties))


def compare(old: Definition, new: Definition) -> Changes:
    """What `new` does differently from `old`, in the order of the nodes."""
    before, after = old.by_key, new.by_key
    old_edges, new_edges = _edges(old), _edges(new)
    changed = ((key, _changed(before[key], node)) for key, node in after.items() if key in before)
    whole = [name for name in ("key", "title", "description", "controls") if getattr(old, name) != getattr(new, name)]
    return Changes(
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        changed=tuple(NodeChange(key, properties) for key, properties in changed if properties),
        edges_added=tuple(edge for edge in new_edges if edge not in old_edges),
        edges_removed=tuple(edge for edge in old_edges if edge not in new_edges),
        properties=tuple(whole),
    )


def _edges(definition: Definition) -> dict[Edge, None]:
    return {Edge(node.key, way, target): None for node in definition.nodes for way, target in edges(node)}


def _changed(old: AnyNode, new: AnyNode) -> tuple[str, ...]:
    if old.kind != new.kind:
        return ("kind",)
    before, after = _written(old), _written(new)
    return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))


def _written(node: AnyNode) -> dict[str, Any]:
    """The node as data, without where it leads."""
    written = node.model_dump(mode="json", by_alias=True)
    kept = {name: value for name, value in written.items() if name not in _WAYS}
    for ways in ("choices", "cases"):
        if ways in kept and node.kind != "subprocess":
            kept[ways] = [{name: value for name, value in one.items() if name != "next"} for one in kept[ways]]
    return kept
