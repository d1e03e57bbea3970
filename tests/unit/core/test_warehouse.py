"""Publishing a build and opening it."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import duckdb
import pytest

from core import warehouse
from core.settings import Settings
from core.warehouse import BuildIncomplete, NothingPublished, Reader

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def make_build(settings: Settings, build_id: str, *, tickets: int = 1) -> Path:
    folder = settings.warehouse / build_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / warehouse.WAREHOUSE_FILE)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.fct_tickets as select range as ticket_id from range({tickets})")
    (folder / warehouse.SEMANTIC_MANIFEST).write_text("{}")
    (folder / warehouse.DBT_MANIFEST).write_text("{}")
    return folder


def publish(settings: Settings, build_id: str, *, hours: int = 0) -> warehouse.Build:
    make_build(settings, build_id, tickets=hours + 1)
    return warehouse.publish(
        settings,
        build_id,
        gates=[{"gate": "dbt_tests", "passed": True}],
        data_as_of=NOON,
        now=NOON + dt.timedelta(hours=hours),
    )


def test_nothing_is_published_at_first(settings: Settings) -> None:
    assert warehouse.current_build(settings) is None
    with pytest.raises(NothingPublished, match="anju pipeline run"):
        warehouse.connect_published(settings)


def test_a_published_build_says_how_far_its_data_reaches_and_what_its_gates_found(settings: Settings) -> None:
    publish(settings, "b1")
    build = warehouse.current_build(settings)
    assert build is not None
    assert (build.build_id, build.published_at, build.data_as_of) == ("b1", NOON, NOON)
    assert build.gates == ({"gate": "dbt_tests", "passed": True},)
    assert build.path.stat().st_mode & 0o777 == 0o444
    assert build.semantic_manifest.exists()


def test_the_published_file_can_only_be_read(settings: Settings) -> None:
    publish(settings, "b1")
    with warehouse.connect_published(settings) as connection:
        assert connection.execute("select count(*) from marts.fct_tickets").fetchone() == (1,)
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("create table marts.mine (a integer)")


def test_a_reader_reaches_no_other_file_and_cannot_change_that(settings: Settings, tmp_path: Path) -> None:
    publish(settings, "b1")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with warehouse.connect_published(settings) as connection:
        for statement in (
            f"select * from read_csv('{secret}')",
            f"attach '{tmp_path}/other.duckdb'",
            f"copy (select 1) to '{tmp_path}/out.csv'",
            "set enable_external_access = true",
            "set lock_configuration = false",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
    assert not (tmp_path / "out.csv").exists()


def test_a_build_that_lacks_its_definitions_is_not_published(settings: Settings) -> None:
    publish(settings, "b1")
    folder = make_build(settings, "b2")
    (folder / warehouse.SEMANTIC_MANIFEST).unlink()
    with pytest.raises(BuildIncomplete, match=r"semantic_manifest\.json"):
        warehouse.publish(settings, "b2", gates=[], data_as_of=NOON)
    assert warehouse.require_build(settings).build_id == "b1"


def test_a_file_that_is_no_warehouse_is_not_published(settings: Settings) -> None:
    folder = make_build(settings, "b1")
    (folder / warehouse.WAREHOUSE_FILE).write_bytes(b"half a file")
    with pytest.raises(BuildIncomplete, match="cannot be read"):
        warehouse.publish(settings, "b1", gates=[], data_as_of=NOON)
    assert warehouse.current_build(settings) is None


def test_publishing_the_same_build_again_changes_nothing(settings: Settings) -> None:
    publish(settings, "b1")
    again = warehouse.publish(settings, "b1", gates=[], data_as_of=NOON, now=NOON)
    assert again == warehouse.require_build(settings)


def test_three_builds_are_kept_and_the_published_one_is_among_them(settings: Settings) -> None:
    for hour in range(5):
        publish(settings, f"b{hour}", hours=hour)
    assert sorted(path.name for path in settings.warehouse.iterdir() if path.is_dir()) == ["b2", "b3", "b4"]
    # Going back publishes an older build again; it must not be removed for its age.
    warehouse.publish(settings, "b2", gates=[], data_as_of=NOON, now=NOON + dt.timedelta(hours=9))
    publish(settings, "b5", hours=10)
    assert sorted(path.name for path in settings.warehouse.iterdir() if path.is_dir()) == ["b2", "b4", "b5"]


def test_what_is_still_being_built_is_left_alone_for_a_day(settings: Settings) -> None:
    started = make_build(settings, "unfinished")
    build = make_build(settings, "b1")
    now = dt.datetime.fromtimestamp(started.stat().st_mtime, dt.UTC)
    warehouse.publish(settings, "b1", gates=[], data_as_of=now, now=now + dt.timedelta(hours=23))
    assert started.exists()
    warehouse.publish(settings, "b1", gates=[], data_as_of=now, now=now + dt.timedelta(hours=25))
    assert not started.exists()
    assert build.exists()


def test_a_reader_at_work_keeps_its_build_and_the_next_question_sees_the_new_one(settings: Settings) -> None:
    reader = Reader()
    old = reader.cursor(publish(settings, "b1"))
    new_build = publish(settings, "b2", hours=1)
    assert old.execute("select count(*) from marts.fct_tickets").fetchone() == (1,)
    assert reader.cursor(new_build).execute("select count(*) from marts.fct_tickets").fetchone() == (2,)


def test_threads_ask_at_the_same_time(settings: Settings) -> None:
    reader, build = Reader(), publish(settings, "b1")
    answers: list[object] = []

    def ask() -> None:
        count = "select count(*) from marts.fct_tickets"
        answers.extend(reader.cursor(build).execute(count).fetchone() for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(1,)] * 160
