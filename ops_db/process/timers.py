"""The timers of nodes: which one has run down, and who may say so."""

from __future__ import annotations

from functools import lru_cache

from core.vocabulary import Role
from ops_db.process.data_fields import DataField, Form, Option
from ops_db.process.definition import AnyNode, ApprovalNode, TaskNode, TimerNode
from ops_db.process.node_parts import NodeTimer
from ops_db.process.state import Actor
from ops_db.process.text import Text
from ops_db.process.transitions import GO_ON, TIMER


def timer_called(node: AnyNode, key: str) -> NodeTimer | None:
    """The timer of a task or an approval; None for the only one of a timer node."""
    if isinstance(node, TaskNode | ApprovalNode):
        return next(one for one in node.timers if one.key == key)
    return None


def form_at(node: AnyNode) -> Form | None:
    """What a timer that has run down says at `node`: which one it is; None where none runs."""
    if isinstance(node, TimerNode):
        return _form_of((GO_ON,))
    if isinstance(node, TaskNode | ApprovalNode) and node.timers:
        return _form_of(tuple(one.key for one in node.timers))
    return None


@lru_cache(maxsize=1024)
def _form_of(keys: tuple[str, ...]) -> Form:
    options = tuple(Option(code=key, title=Text(zh=key, en=key)) for key in dict.fromkeys(keys))
    return Form((DataField(key=TIMER.key, kind="choice", title=TIMER.title, is_required=True, options=options),))


def is_clock(actor: Actor) -> bool:
    """Only the system itself says that time is up."""
    return Role.SYSTEM in actor.roles
