"""Who acts: an account, an owner who holds a ticket's link, an integration's token, or the system itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from core.vocabulary import ActorKind, Permission, Role
from ops_db.errors import NotPermitted
from ops_db.process.state import Actor as ProcessActor


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, what it permits, and for which project; `project_id` None means every project.

    A delegated grant belongs to somebody on leave, `on_behalf_of`; it comes with everything of theirs but the rights
    that would let a deputy keep something for later.
    """

    role: str
    permissions: frozenset[Permission]
    project_id: UUID | None = None
    project_code: str | None = None
    name_zh: str = ""
    name_en: str = ""
    on_behalf_of: UUID | None = None
    on_behalf_name: str = ""
    on_behalf_staff_id: UUID | None = None
    on_behalf_crew_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody on leave as lists of work need them: who they are, and where their rights to act on tickets reach.

    `project_ids` None means every project.
    """

    staff_id: UUID
    name: str
    project_ids: tuple[UUID, ...] | None


def as_rows(away: Iterable[Away]) -> str:
    """People on leave as the JSON of which a statement makes rows."""
    return json.dumps(
        [
            {
                "staff_id": str(one.staff_id),
                "name": one.name,
                "project_ids": None if one.project_ids is None else list(map(str, one.project_ids)),
            }
            for one in away
        ]
    )


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. `id` is an account, a person or a token, as `kind` says; an owner reaches `ticket_id` alone."""

    kind: ActorKind
    id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    account_id: UUID | None = None
    session_id: UUID | None = None
    login: str = ""
    display_name: str = ""
    language: str = "zh-CN"
    staff_id: UUID | None = None
    crew_id: UUID | None = None
    ticket_id: UUID | None = None
    behalf: UUID | None = None
    must_change_password: bool = False

    @property
    def stands_in_for(self) -> dict[UUID, str]:
        """The accounts on leave whose deputy this is, with their names."""
        return {grant.on_behalf_of: grant.on_behalf_name for grant in self.grants if grant.on_behalf_of is not None}

    @property
    def away(self) -> tuple[Away, ...]:
        """The colleagues on leave whose work is this actor's meanwhile, each within the reach of their own rights."""
        found = []
        for account_id, name in self.stands_in_for.items():
            theirs = self.with_grants_of(account_id)
            reach = theirs.scope(Permission.TICKET_ACT)
            staff_id, _ = theirs._on_the_books  # noqa: SLF001  It is an actor too.
            if staff_id is not None and reach != []:
                found.append(Away(staff_id, name, None if reach is None else tuple(reach)))
        return tuple(found)

    def with_grants_of(self, account_id: UUID | None) -> Actor:
        """The same person with the grants of one they stand in for and nothing else; None for their own alone."""
        kept = tuple(grant for grant in self.grants if grant.on_behalf_of == account_id)
        return replace(self, grants=kept, behalf=account_id)

    def is_work_of(self, staff_id: UUID | None, project_id: UUID) -> bool:
        """Whether what was given to this colleague is the actor's to do, for themselves or standing in."""
        if staff_id is None:
            return False
        return staff_id == self.staff_id or any(
            one.staff_id == staff_id and (one.project_ids is None or project_id in one.project_ids) for one in self.away
        )

    @property
    def _on_the_books(self) -> tuple[UUID | None, UUID | None]:
        """The colleague and crew as whom the actor acts: of the person they stand in for, else their own."""
        if self.behalf is None:
            return self.staff_id, self.crew_id
        grant = next((one for one in self.grants if one.on_behalf_of == self.behalf), None)
        return (grant.on_behalf_staff_id, grant.on_behalf_crew_id) if grant else (None, None)

    @property
    def marks(self) -> dict[str, str]:
        """What a deed says of whose it is, beside its actor."""
        return {"on_behalf_of": str(self.behalf)} if self.behalf is not None else {}

    def require_everywhere(self, permission: Permission) -> None:
        """Raise NotPermitted unless `permission` is held for every project."""
        if self.scope(permission) is not None:
            raise NotPermitted(
                "Your roles do not include {permission} for every project. Ask an administrator for it.",
                permission=permission.value,
            )

    @property
    def key_space(self) -> str:
        """Whose idempotency keys these are: two actors may use the same key without meeting."""
        return f"{self.kind.value}:{self.ticket_id if self.kind == ActorKind.OWNER else self.id}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles held for any project, without repeats."""
        return tuple(dict.fromkeys(grant.role for grant in self.grants))

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything permitted in at least one project."""
        return frozenset().union(*(grant.permissions for grant in self.grants))

    def may(self, permission: Permission, project_id: UUID | None = None) -> bool:
        """Whether `permission` is held, for the project if one is named, else for any."""
        return any(
            permission in grant.permissions
            and (project_id is None or grant.project_id is None or grant.project_id == project_id)
            for grant in self.grants
        )

    def require(self, permission: Permission, project_id: UUID | None = None) -> None:
        """Raise NotPermitted unless `may` says yes."""
        if not self.may(permission, project_id):
            raise NotPermitted(
                "Your roles do not include {permission} here. Ask an administrator for it.", permission=permission.value
            )

    def may_in_each(self, permission: Permission, project_ids: Iterable[UUID]) -> bool:
        """Whether `permission` is held in each of these projects.

        What names no project counts in all of them, and is for whoever holds the permission everywhere.
        """
        scope, ids = self.scope(permission), set(project_ids)
        return scope is None or (bool(ids) and ids <= set(scope))

    def scope(self, permission: Permission) -> list[UUID] | None:
        """The projects in which `permission` is held; None means every project, an empty list none."""
        held = [grant for grant in self.grants if permission in grant.permissions]
        if any(grant.project_id is None for grant in held):
            return None
        return sorted({grant.project_id for grant in held if grant.project_id is not None})

    @property
    def reach(self) -> list[UUID] | None:
        """The projects of any grant; None means every project."""
        if any(grant.project_id is None for grant in self.grants):
            return None
        return sorted({grant.project_id for grant in self.grants if grant.project_id is not None})

    def project_codes(self) -> list[str] | None:
        """The codes of the projects of any grant; None means every project."""
        if any(grant.project_id is None for grant in self.grants):
            return None
        return sorted({grant.project_code for grant in self.grants if grant.project_code is not None})

    def in_process(self, project_id: UUID) -> ProcessActor:
        """This actor as the process engine knows one: the roles that count in the ticket's project.

        Who acts on behalf of somebody is that person in the books, with their roles alone; a signature is their own.
        """
        if self.kind == ActorKind.OWNER:
            return ProcessActor.of(Role.OWNER)
        if self.kind == ActorKind.SYSTEM:
            return ProcessActor.of(Role.SYSTEM)
        own = (grant for grant in self.grants if grant.on_behalf_of == self.behalf)
        roles = {grant.role for grant in own if grant.project_id in (None, project_id)}
        staff_id, crew_id = self._on_the_books
        return ProcessActor.of(
            *(roles - {Role.SYSTEM}),
            staff_id=str(staff_id) if staff_id else None,
            crew_id=str(crew_id) if crew_id else None,
            account_id=str(self.account_id) if self.account_id else None,
        )


SYSTEM = Actor(kind=ActorKind.SYSTEM, grants=(Grant(Role.SYSTEM, frozenset(Permission)),))
"""The system itself: timers and alarms."""
