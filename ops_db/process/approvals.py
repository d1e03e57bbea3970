"""Approvals: who is asked, who may answer now, and when the answers decide.

A person counts once, whatever roles they hold; asked in order, only the first who has not answered is pending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from ops_db.process.definition import ApprovalNode
from ops_db.process.errors import ActionNotAllowed, AlreadySigned, InvalidData, ProcessError
from ops_db.process.facts import STAFF_IDS
from ops_db.process.node_parts import APPROVED, DECLINED, Approver
from ops_db.process.state import Actor, Signer, Token
from ops_db.process.transitions import ROLE, STAFF

MOST_SIGNERS: Final = 50

_ANSWERED: Final = ("approved", "declined")
_OPEN: Final = ("pending", "waiting")


def asked_at(node: ApprovalNode, facts: Mapping[str, Any], new_id: Callable[[], str]) -> tuple[Signer, ...]:
    """The signers of an approval that begins; a person named twice is asked once.

    A person chosen by rule whom the facts do not name is anybody of that role.
    """
    wanted = dict.fromkeys(_slot(one, facts, number) for number, one in enumerate(node.approvers))
    signers = tuple(
        Signer(new_id(), role, staff_id, position, "waiting")
        for position, (role, staff_id, _) in enumerate(wanted, start=1)
    )
    return _with_next_asked(node, signers)


def _slot(approver: Approver, facts: Mapping[str, Any], number: int) -> tuple[str | None, str | None, int | None]:
    """Role and person asked; the number keeps two of one role apart, which may be two people."""
    if approver.staff_number is not None:
        known = facts.get(STAFF_IDS)
        if known is not None and approver.staff_number not in known:
            raise ActionNotAllowed(
                "This step leads to an approval by the member of staff {number}, who is not in the books any more."
                " Ask whoever manages the processes to name somebody else.",
                number=approver.staff_number,
            )
        return None, known[approver.staff_number] if known else approver.staff_number, None
    if approver.person is not None:
        person = facts.get(f"{approver.person}_id")
        return (None, person, None) if person is not None else (approver.person, None, number)
    return approver.role, None, number


def _with_next_asked(node: ApprovalNode, signers: tuple[Signer, ...]) -> tuple[Signer, ...]:
    """The same signers, with everybody pending who can answer now."""
    if node.order == "parallel":
        return tuple(one._replace(state="pending") if one.state == "waiting" else one for one in signers)
    if any(one.state == "pending" for one in signers):
        return signers
    following = next((one for one in signers if one.state == "waiting"), None)
    return tuple(one._replace(state="pending") if one is following else one for one in signers)


def slot_of(token: Token, actor: Actor, *, to_sign: bool = True) -> Signer | ProcessError:
    """The pending signer `actor` may answer as, one named in person first; else why there is none.

    Who has signed does not sign again, but may hand a second request over.
    """
    identity = actor.identity
    fitting = [one for one in token.signers if one.state in _OPEN and _fits(one, actor)]
    if to_sign and any(one.state in _ANSWERED and one.decided_by == identity for one in token.signers):
        return AlreadySigned("You have signed {node} already. Somebody else has to sign now.", node=token.node_key)
    pending = [one for one in fitting if one.state == "pending"]
    if pending:
        return next((one for one in pending if one.staff_id is not None), pending[0])
    if fitting:
        return ActionNotAllowed(
            "Others are asked before you at {node}. Wait until they have signed.", node=token.node_key
        )
    roles = ", ".join(dict.fromkeys(one.role for one in token.signers if one.state == "pending" and one.role))
    if roles:
        return ActionNotAllowed("The approval {node} waits for {roles}, not for you.", node=token.node_key, roles=roles)
    return ActionNotAllowed("The approval {node} waits for a person named, not for you.", node=token.node_key)


def _fits(signer: Signer, actor: Actor) -> bool:
    if signer.staff_id is not None:
        return signer.staff_id == actor.staff_id
    return signer.role in actor.roles


def answered(
    node: ApprovalNode,
    token: Token,
    signer: Signer,
    state: Literal["approved", "declined"],
    actor: Actor,
    reason: str | None,
) -> tuple[Signer, ...]:
    """The signers after `signer` has answered."""
    answer = signer._replace(state=state, decided_by=actor.identity, reason=reason)
    return _with_next_asked(node, tuple(answer if one is signer else one for one in token.signers))


def outcome(node: ApprovalNode, signers: tuple[Signer, ...]) -> str | None:
    """`approved` or `declined` once the answers decide; None while it is open."""
    asked = [one.state for one in signers if one.state != "delegated"]
    approved, open_count = asked.count("approved"), asked.count("pending") + asked.count("waiting")
    needed = len(asked)
    if node.mode == "any":
        needed = 1
    elif node.mode == "count" and node.needed is not None:
        needed = min(node.needed, len(asked))
    if approved >= needed:
        return APPROVED
    return DECLINED if approved + open_count < needed else None


def one_more(
    node: ApprovalNode,
    token: Token,
    signer: Signer,
    given: Mapping[str, Any],
    actor: Actor,
    new_id: Callable[[], str],
) -> tuple[Signer, ...]:
    """The signers with one more: in order right after who asks, else beside the others."""
    role, staff_id = _named(token, given)
    position = signer.position + 1 if node.order == "sequence" else max(one.position for one in token.signers) + 1
    added = Signer(new_id(), role, staff_id, position, "waiting", added_by=actor.identity)
    before = [one for one in token.signers if one.position < position]
    after = [one._replace(position=one.position + 1) for one in token.signers if one.position >= position]
    return _with_next_asked(node, (*before, added, *after))


def handed_over(
    token: Token, signer: Signer, given: Mapping[str, Any], actor: Actor | None, new_id: Callable[[], str]
) -> tuple[Signer, ...]:
    """The signers with another in the place of `signer`."""
    role, staff_id = _named(token, given)
    by = actor.identity if actor is not None else None
    gone = signer._replace(state="delegated", decided_by=by, reason=given.get("note"))
    instead = Signer(new_id(), role, staff_id, signer.position, signer.state, added_by=by, delegated_from=signer.id)
    return tuple(new for one in token.signers for new in ((gone, instead) if one is signer else (one,)))


def _named(token: Token, given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Role and person that the data names, the person before the role; raises InvalidData or ActionNotAllowed."""
    if len(token.signers) >= MOST_SIGNERS:
        raise ActionNotAllowed("Nobody more can be asked at {node}. Approve or decline.", node=token.node_key)
    staff_id = given.get(STAFF.key)
    if staff_id is None:
        return given[ROLE.key], None
    if any(one.staff_id == staff_id and one.state != "delegated" for one in token.signers):
        raise InvalidData("This person is asked already. Name somebody else.", fields=(STAFF.key,))
    return None, staff_id
