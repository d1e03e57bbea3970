"""Accounts made and changed by an administrator at the command line; a new installation has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.postgresql import insert

from ops_db.errors import ReferenceUnknown
from ops_db.models import Account, AccountRole, AuditEntry, Project, RoleRecord, Staff
from ops_db.passwords import hash_password


def set_account(
    connection: Connection,
    *,
    login: str,
    password: str,
    display_name: str,
    roles: Iterable[str],
    project_code: str | None = None,
    staff_number: str | None = None,
    now: dt.datetime,
) -> UUID:
    """Make an account, or give an existing one this name, password and these further roles; returns its id.

    Without a project the roles count everywhere. Raises ReferenceUnknown for a role, project or colleague that is not.
    """
    project_id = _id(connection, select(Project.id).where(Project.code == project_code), project_code)
    staff_id = _id(connection, select(Staff.id).where(Staff.staff_number == staff_number), staff_number)
    known = set(connection.scalars(select(RoleRecord.code)))
    unknown = sorted(set(roles) - known)
    if unknown:
        raise ReferenceUnknown(
            "There is no role {unknown}. Use one of {known}, or load them with `python -m ops_db seed`.",
            unknown=", ".join(unknown),
            known=", ".join(sorted(known)) or "–",
        )
    values: dict[str, Any] = {
        "password_hash": hash_password(password),
        "password_is_temporary": False,
        "display_name": display_name,
        "is_active": True,
    }
    if staff_id is not None:
        values["staff_id"] = staff_id
    account_id: UUID = connection.execute(
        insert(Account)
        .values(login=login, **values)
        .on_conflict_do_update(index_elements=[Account.login], set_=values)
        .returning(Account.id)
    ).scalar_one()
    for role in roles:
        connection.execute(
            insert(AccountRole)
            .values(account_id=account_id, role_code=role, project_id=project_id)
            .on_conflict_do_nothing()
        )
    detail = {"login": login, "roles": sorted(roles), "project_code": project_code}
    connection.execute(
        insert(AuditEntry).values(
            actor_kind="system",
            deed="account:set",
            object_kind="account",
            object_id=account_id,
            detail=detail,
            done_at=now,
        )
    )
    return account_id


def _id(connection: Connection, statement: Select[UUID], code: str | None) -> UUID | None:
    if code is None:
        return None
    found = connection.scalar(statement)
    if found is None:
        raise ReferenceUnknown("There is no {code}. Check the spelling.", code=code)
    return found
