"""Who may use a route. Every route declares one policy, and the service does not start while one is missing.

A policy is a dependency that gives the endpoint its actor:
`actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.errors import NotFound, NotSignedIn, PasswordTemporary
from ops_db.tracking import service as tracking
from ticket_service.dependencies import Connection, Visitor


class Policy:
    """Says who may use a route; a subclass is called with the request's dependencies and gives the actor."""


class Allowed(Policy):
    """Accounts and tokens that hold one of these permissions in a project; in which, the use case checks."""

    def __init__(self, permission: Permission, *others: Permission) -> None:
        """Ask for this permission, or for one of the others."""
        self.permissions = (permission, *others)

    async def __call__(self, visitor: Visitor) -> Actor:
        """The actor, or NotSignedIn, or NotPermitted."""
        actor = _at_work(visitor)
        if not any(actor.may(one) for one in self.permissions):
            actor.require(self.permissions[0])
        return actor

    def __repr__(self) -> str:
        """As the table of routes shows it."""
        return f"Allowed({' or '.join(one.value for one in self.permissions)})"


class SignedIn(Policy):
    """Any account or token."""

    async def __call__(self, visitor: Visitor) -> Actor:
        """The actor, or NotSignedIn."""
        return _at_work(visitor)


class EvenWithTemporaryPassword(SignedIn):
    """Any account or token, be its password one that still has to be changed: where that is done, and to sign out."""

    async def __call__(self, visitor: Visitor) -> Actor:
        """The actor, or NotSignedIn."""
        return _signed_in(visitor)


class OwnerLink(Policy):
    """Whoever holds the link of a ticket, its token being a part of the address."""

    async def __call__(self, token: str, connection: Connection) -> Actor:
        """The owner of that one ticket, or NotFound."""
        actor = await tracking.actor_of_link(connection, token=token)
        if actor is None:
            raise NotFound("This link leads to no ticket. Ask the service desk for a new one.")
        return actor


class Public(Policy):
    """Anybody; `reason` says why that is right."""

    def __init__(self, reason: str) -> None:
        """Give the reason."""
        self.reason = reason

    async def __call__(self, visitor: Visitor) -> Actor | None:
        """Who asks, if they signed in."""
        return visitor


class Open(Policy):
    """Anybody, without even a look at the database; `reason` says why that is right."""

    def __init__(self, reason: str) -> None:
        """Give the reason."""
        self.reason = reason

    async def __call__(self) -> None:
        """Nobody in particular."""


def _signed_in(visitor: Actor | None) -> Actor:
    if visitor is None:
        raise NotSignedIn("Please sign in.")
    return visitor


def _at_work(visitor: Actor | None) -> Actor:
    actor = _signed_in(visitor)
    if actor.must_change_password:
        raise PasswordTemporary("Your password was given to you by an administrator. Choose your own first.")
    return actor


class PolicyMissing(RuntimeError):
    """A route does not say who may use it."""


def policy_of(dependant: Dependant) -> Policy | None:
    """The policy among the dependencies of a route."""
    call: object = dependant.call
    if isinstance(call, Policy):
        return call
    return next(filter(None, map(policy_of, dependant.dependencies)), None)


def declared_policies(app: FastAPI) -> Iterator[tuple[str, str, Policy]]:
    """Method, path and policy of every route; raises PolicyMissing for one that declares none.

    Mounted folders hold static files that everybody may have.
    """
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        if not isinstance(context.original_route, APIRoute):
            raise PolicyMissing(f"{context.path} is no route of FastAPI and cannot declare a policy.")
        policy = policy_of(context.dependant)
        if policy is None:
            raise PolicyMissing(f"{context.path} declares no policy. Give its endpoint an actor, see policies.py.")
        for method in sorted(context.methods or ()):
            yield method, context.path or "", policy


def require_policies(app: FastAPI) -> None:
    """Refuse to go on while a route declares no policy."""
    for _ in declared_policies(app):
        pass
