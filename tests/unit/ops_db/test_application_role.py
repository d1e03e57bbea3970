"""What service and workers act as owns nothing and can only add to the logs, whatever the code above would ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, pool, text
from sqlalchemy.exc import ProgrammingError

from ops_db.application_role import grant_application_role, wrong_rights
from ops_db.engine import APPLICATION_ROLE, service_engine
from ops_db.models import APPEND_ONLY_TABLES


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url, poolclass=pool.NullPool)
    yield made
    made.dispose()


OUT_OF_BOUNDS = (
    *(f"update ops.{table} set id = id" for table in APPEND_ONLY_TABLES),
    *(f"delete from ops.{table}" for table in APPEND_ONLY_TABLES),
    *(f"truncate ops.{table}" for table in APPEND_ONLY_TABLES),
    *(f"alter table ops.{table} disable trigger all" for table in APPEND_ONLY_TABLES),
    "drop function ops.refuse_change cascade",
    "create table ops.mine (id int)",
    "update ops.alembic_version set version_num = 'x'",
    "truncate ops.ticket cascade",
)


def test_the_service_cannot_change_a_log_or_the_tables_themselves(database_url: str) -> None:
    async def refusals() -> dict[str, str]:
        service = service_engine(database_url, pool_size=1)
        found = {}
        async with service.connect() as connection:
            assert await connection.scalar(text("select current_user")) == APPLICATION_ROLE
            for statement in OUT_OF_BOUNDS:
                with pytest.raises(ProgrammingError) as refused:
                    await connection.execute(text(statement))
                found[statement] = str(refused.value.orig)
                await connection.rollback()
            await connection.execute(text("delete from ops.session"))
        await service.dispose()
        return found

    for statement, words in asyncio.run(refusals()).items():
        assert words.startswith(("permission denied", "must be owner")), (statement, words)


def test_a_right_too_many_or_too_few_is_named_and_set_again(engine: Engine) -> None:
    role = APPLICATION_ROLE
    deeds = {
        f"grant update on ops.ticket_event to {role}": f"{role} may update ops.ticket_event",
        f"revoke select on ops.ticket from {role}": f"{role} may not select ops.ticket",
        "create table ops.newcomer (id int)": f"{role} may not delete ops.newcomer",
    }
    with engine.connect() as connection:
        assert wrong_rights(connection) == []
        for deed, found in deeds.items():
            connection.execute(text(deed))
            assert found in wrong_rights(connection)
            grant_application_role(connection)
            assert wrong_rights(connection) == []
        connection.execute(text(f"grant create on schema ops to {role}"))
        connection.execute(text(f"alter table ops.session owner to {role}"))
        assert f"{role} owns ops.session" in wrong_rights(connection)
        connection.rollback()
