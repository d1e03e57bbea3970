"""Alembic environment: migrates the schema `ops` of the database that `ops_db.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from ops_db.models import SCHEMA, Base

# A migration that cannot get its lock soon must fail and be tried again, not queue up every writer behind it.
LOCK_TIMEOUT = "2s"


def belongs_to_us(name: str | None, kind: str, _parents: object) -> bool:
    """Keep autogenerate away from every schema but ours (the queue has its own)."""
    return kind != "schema" or name == SCHEMA


connection = context.config.attributes["connection"]
connection.execute(text(f"create schema if not exists {SCHEMA}"))
connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
connection.commit()
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=belongs_to_us,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
