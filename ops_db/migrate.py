"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from ops_db.application_role import grant_application_role
from ops_db.worker import job_tables

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """Return Alembic's configuration; there is no ini file to find."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config


def newest_revision() -> str:
    """The revision that this version of Anju works with."""
    (head,) = ScriptDirectory.from_config(alembic_config()).get_heads()
    return head


def migrate(database_url: str, *, revision: str = "head") -> None:
    """Upgrade the database behind `database_url` to `revision`; a database already there is left alone.

    Raises RoleMissing where service and workers would have no role to act as.
    """
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
        job_tables.install(connection)
        if revision == "head":
            grant_application_role(connection)
        connection.commit()
    engine.dispose()
