"""The doctor calls a sound installation sound, and says of an unsound one what to do."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, text

from core.settings import Settings
from ops_db import doctor
from ops_db.doctor import Health, Patient, examine
from ops_db.engine import command_engine
from ops_db.integrity.verification import anchor_now
from ops_db.seed import seed
from tests.settled_server import settle

NOW = dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home", database_url=SecretStr(database_url))


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = command_engine(database_url)
    with engine.connect() as connection:
        seed(connection, now=NOW)
        connection.commit()
        yield connection
    engine.dispose()


def answers(connection: Connection, settings: Settings) -> dict[str, tuple[Health, str]]:
    found = examine(Patient(connection, settings, NOW))
    connection.rollback()
    return {answer.name: (answer.health, answer.sentence) for answer in found}


def test_a_new_installation_is_sound_but_for_its_backup_and_its_anchors(
    connection: Connection, settings: Settings
) -> None:
    found = answers(connection, settings)
    # The tests' server is not durable on purpose.
    assert {name for name, (health, _) in found.items() if health != Health.GREEN} <= {
        "durability",
        "backup",
        "anchors",
        "space",
    }
    assert set(found) == set(doctor.QUESTIONS)
    assert "anchor" in found["anchors"][1]


def test_each_fault_is_named_with_what_to_do(
    connection: Connection, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute(text("insert into ops.audit_entry (actor_kind, deed) values ('system', 'test:run')"))
    connection.execute(
        text("""
            insert into ops.webhook_endpoint (name, url, secret_ciphertext, disabled_at)
            values ('erp', 'https://erp.example/hook', 'x', now())
        """)
    )
    connection.execute(text("insert into ops.person (phone_ciphertext, phone_index) values ('not encrypted', 'index')"))
    connection.commit()
    settle(database_url)
    anchor_now(settings, database_url, now=NOW)
    connection.execute(text("alter table ops.audit_entry disable trigger user"))
    connection.execute(text("delete from ops.audit_entry"))
    connection.execute(text("update ops.alembic_version set version_num = 'of_long_ago'"))
    connection.commit()
    found = answers(connection, settings)
    for name, word in {
        "webhooks": "/manage/webhooks",
        "personal_data": "secrets.json",
        "logs": "audit verify",
        "schema": "migrate",
    }.items():
        assert found[name][0] == Health.RED, (name, found[name])
        assert word in found[name][1]


def test_what_cannot_be_looked_at_is_red(connection: Connection, settings: Settings) -> None:
    connection.execute(text("alter table ops.webhook_delivery rename to elsewhere"))
    connection.commit()
    found = answers(connection, settings)
    assert found["webhooks"][0] == Health.RED
    assert "could not be looked at" in found["webhooks"][1]
    assert found["anchors"][0] == Health.AMBER


def test_the_command_ends_with_one_where_something_is_red(
    connection: Connection, settings: Settings, database_url: str
) -> None:
    connection.execute(text("update ops.alembic_version set version_num = 'of_long_ago'"))
    connection.commit()
    environment = {"ANJU_HOME": str(settings.home), "ANJU_DATABASE_URL": database_url, "PATH": "/usr/bin"}
    outcome = subprocess.run(
        [sys.executable, "-m", "ops_db", "doctor", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert outcome.returncode == 1, outcome.stderr
    assert {one["name"]: one["health"] for one in json.loads(outcome.stdout)}["schema"] == "red"
