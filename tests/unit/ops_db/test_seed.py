"""Reference data of a new installation."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text

from core.vocabulary import ROLE_PERMISSIONS, Severity, SlaTarget
from ops_db.accounts.administration import set_account
from ops_db.engine import command_engine
from ops_db.errors import ReferenceUnknown
from ops_db.models import Account, AccountRole, ProcessDefinition, SlaPolicy
from ops_db.process.loading import load_definition, shipped_definitions
from ops_db.seed import seed

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def test_seeding_twice_adds_nothing_the_second_time(database_url: str) -> None:
    with command_engine(database_url).begin() as connection:
        first = seed(connection, now=NOW)
        second = seed(connection, now=NOW)
    assert all(first.values())
    assert not any(second.values())
    assert first["role_permission"] == sum(map(len, ROLE_PERMISSIONS.values()))
    assert first["sla_policy"] == len(Severity) * len(SlaTarget)


def test_what_an_administrator_changed_stays(database_url: str) -> None:
    with command_engine(database_url).begin() as connection:
        seed(connection, now=NOW)
        connection.execute(text("delete from ops.role_permission where role_code = 'desk'"))
        connection.execute(text("update ops.sla_policy set target_minutes = 1, is_active = false"))
        connection.execute(text("update ops.defect_category set name_en = 'Water!' where code = 'water'"))
        seed(connection, now=NOW)
        assert connection.scalar(text("select count(*) from ops.role_permission where role_code = 'desk'")) == 0
        assert set(connection.scalars(select(SlaPolicy.target_minutes))) == {1}
        assert connection.scalar(text("select name_en from ops.defect_category where code = 'water'")) == "Water!"


def test_the_processes_in_the_database_are_those_that_ship(database_url: str) -> None:
    with command_engine(database_url).begin() as connection:
        seed(connection, now=NOW)
        rows = connection.execute(select(ProcessDefinition.definition, ProcessDefinition.state)).all()
    assert {row.state for row in rows} == {"published"}
    kept = {load_definition(row.definition).key: load_definition(row.definition) for row in rows}
    assert kept == {definition.key: definition for definition in shipped_definitions()}
    assert set(kept) == {"standard_repair", "property_repair"}


def test_an_account_is_made_once_and_gets_further_roles(database_url: str) -> None:
    with command_engine(database_url).begin() as connection:
        seed(connection, now=NOW)
        for role in ("desk", "quality"):
            set_account(connection, login="li", password="long enough", display_name="李", roles=[role], now=NOW)
        assert connection.scalar(select(Account.display_name)) == "李"
        assert set(connection.scalars(select(AccountRole.role_code))) == {"desk", "quality"}
        with pytest.raises(ReferenceUnknown, match="no role king"):
            set_account(connection, login="li", password="long enough", display_name="李", roles=["king"], now=NOW)
        with pytest.raises(ReferenceUnknown, match="XX99"):
            set_account(
                connection,
                login="li",
                password="long enough",
                display_name="李",
                roles=["desk"],
                project_code="XX99",
                now=NOW,
            )
