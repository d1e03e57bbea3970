"""SQL of leaving and arriving, but for the rows themselves."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from ops_db.models.base import SCHEMA

_MOMENT: Final = text("select now()")
_SEQUENCES: Final = text("""
    select sequencename as name, last_value from pg_sequences where schemaname = 'ops' order by sequencename
""")
_SET_SEQUENCE: Final = text("select setval(cast(:name as regclass), :last_value, true)")
_ATTACHMENTS: Final = text("select distinct sha256 from ops.attachment order by sha256")
_ESTIMATE: Final = text("""
    select coalesce(sum(greatest(relation.reltuples, 0)), 0)::bigint
      from pg_class as relation join pg_namespace as namespace on namespace.oid = relation.relnamespace
     where namespace.nspname = 'ops' and relation.relkind = 'r'
""")
_NOTE: Final = text("""
    insert into ops.audit_entry (actor_kind, deed, object_kind, detail, done_at)
    values ('system', :deed, 'installation', cast(:detail as jsonb), :now)
""")
_SET_PASSWORD: Final = text("""
    update ops.account set password_hash = :password_hash, is_active = true where login = :login returning id
""")


def revision(connection: Connection) -> str | None:
    """The schema the database has."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    return context.get_current_revision()


def moment(connection: Connection) -> dt.datetime:
    """When the transaction began, and so the moment of its snapshot."""
    found: dt.datetime = connection.execute(_MOMENT).scalar_one()
    return found.astimezone(dt.UTC)


def sequences(connection: Connection) -> dict[str, int]:
    """How far each sequence has counted; those that never counted are not named."""
    return {row.name: row.last_value for row in connection.execute(_SEQUENCES) if row.last_value is not None}


def set_sequence(connection: Connection, name: str, last_value: int) -> None:
    """Let a sequence go on behind what it counted before."""
    connection.execute(_SET_SEQUENCE, {"name": f'ops."{name}"', "last_value": last_value})


def attachments(connection: Connection) -> list[str]:
    """The hashes of every file of a ticket."""
    return list(connection.execute(_ATTACHMENTS).scalars())


def estimated_rows(connection: Connection) -> int:
    """About how many rows there are, for a progress bar."""
    found: int = connection.execute(_ESTIMATE).scalar_one()
    return found


def note(connection: Connection, deed: str, detail: dict[str, Any], *, now: dt.datetime) -> None:
    """Add a deed of the installation itself to the audit log."""
    connection.execute(_NOTE, {"deed": deed, "detail": json.dumps(detail, ensure_ascii=False), "now": now})


def set_password(connection: Connection, *, login: str, password_hash: str) -> bool:
    """Give an account a password; whether there is such an account."""
    values = {"login": login, "password_hash": password_hash}
    return connection.execute(_SET_PASSWORD, values).one_or_none() is not None


def count(connection: Connection, table: str) -> int:
    """How many rows a table has."""
    found: int = connection.execute(text(f'select count(*) from ops."{table}"')).scalar_one()
    return found


def triggers(connection: Connection, table: str, *, are_on: bool) -> None:
    """Switch the triggers of a table off or on within this transaction; foreign keys are checked all the same."""
    connection.execute(text(f'alter table ops."{table}" {"enable" if are_on else "disable"} trigger user'))


def empty(connection: Connection, table: str) -> None:
    """Remove what a table holds; its triggers are off."""
    connection.execute(text(f'delete from ops."{table}"'))
