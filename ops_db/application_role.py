"""The role of the database that service and workers act as: it owns nothing, and to the logs it can only add.

What owns a table can switch off its triggers. Commands that migrate, load or verify act as the owner instead.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from ops_db.engine import APPLICATION_ROLE as ROLE
from ops_db.models import APPEND_ONLY_TABLES, SCHEMA
from ops_db.worker.job_tables import JOB_SCHEMA

_IS_THERE: Final = text("select exists (select from pg_roles where rolname = :role)")
_MAY_CREATE: Final = text("select rolsuper or rolcreaterole from pg_roles where rolname = current_user")
_MAY_ACT_AS: Final = text("select pg_has_role(current_user, :role, 'set')")
# Roles belong to the whole server: another database may be migrated at this moment.
_CREATE: Final = f"""
    do $$ begin
        create role {ROLE} nologin;
    exception when duplicate_object or unique_violation then null;
    end $$
"""

FORBIDDEN: Final[dict[str, str]] = {
    **dict.fromkeys(APPEND_ONLY_TABLES, "update, delete, truncate"),
    "alembic_version": "insert, update, delete, truncate",
}
"""What the role may not do, by table of `ops`."""
_WRITING: Final = ("select", "insert", "update", "delete")
_RIGHTS: Final = text("""
    select relation.relnamespace::regnamespace::text as schema, relation.relname as table,
           relation.oid::regclass::text as name, relation.relowner = role.oid as is_owner,
           array(select right_name from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as right_name
                  where has_table_privilege(role.oid, relation.oid, right_name)) as rights
      from pg_class as relation
      join pg_roles as role on role.rolname = :role
     where relation.relkind in ('r', 'p') and relation.relnamespace::regnamespace::text = any(:schemas)
     order by name
""")


class RoleMissing(RuntimeError):
    """Service and workers have no role to act as, and this login may not make it."""

    code = "application_role_missing"


def grant_application_role(connection: Connection) -> None:
    """Make the role where it is missing and give it what it needs and nothing else; raises RoleMissing.

    Idempotent, and asked for after every migration: a new table is granted by its being there.
    """
    if not connection.scalar(_IS_THERE, {"role": ROLE}):
        if not connection.scalar(_MAY_CREATE):
            message = (
                f"The database has no role {ROLE}, and this login may not make it. "
                f"Let an administrator run: create role {ROLE} nologin; grant {ROLE} to <this login>;"
            )
            raise RoleMissing(message)
        connection.execute(text(_CREATE))
    if not connection.scalar(_MAY_ACT_AS, {"role": ROLE}):
        connection.execute(text(f"grant {ROLE} to current_user"))
    for schema in (SCHEMA, JOB_SCHEMA):
        connection.execute(text(f"grant usage on schema {schema} to {ROLE}"))
        connection.execute(text(f"grant select, insert, update, delete on all tables in schema {schema} to {ROLE}"))
        connection.execute(text(f"grant usage, select on all sequences in schema {schema} to {ROLE}"))
        connection.execute(text(f"grant execute on all functions in schema {schema} to {ROLE}"))
    for table, rights in FORBIDDEN.items():
        connection.execute(text(f"revoke {rights} on {SCHEMA}.{table} from {ROLE}"))


def wrong_rights(connection: Connection) -> list[str]:
    """What the role may and should not, or may not and should."""
    if not connection.scalar(_IS_THERE, {"role": ROLE}):
        return [f"{ROLE} is missing"]
    found = connection.execute(_RIGHTS, {"role": ROLE, "schemas": [SCHEMA, JOB_SCHEMA]}).all()
    wrong = [f"{ROLE} owns {row.name}" for row in found if row.is_owner]
    for row in found:
        forbidden = FORBIDDEN.get(row.table, "truncate") if row.schema == SCHEMA else "truncate"
        wanted = set(_WRITING) - set(forbidden.replace(" ", "").split(","))
        has = set(row.rights)
        wrong += [f"{ROLE} may {right} {row.name}" for right in sorted(has - wanted)]
        wrong += [f"{ROLE} may not {right} {row.name}" for right in sorted(wanted - has)]
    return wrong
