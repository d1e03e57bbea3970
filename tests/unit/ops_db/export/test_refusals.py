"""What is not whole, not fit or not empty is refused by name, before anything is written."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.settings import Settings
from ops_db.engine import command_engine
from ops_db.export import dictionary
from ops_db.export.arriving import NewPassword
from ops_db.export.errors import (
    AccountUnknown,
    ExportDamaged,
    ExportError,
    ExportInterrupted,
    ExportNotImportable,
    SchemaNotNewest,
    SystemNotEmpty,
    TargetTaken,
)
from ops_db.export.leaving import Options, export_everything
from tests.every_kind import NOW
from tests.fault.reporters import wait_until
from tests.service_process import environment
from tests.unit.ops_db.export.conftest import Installation, silent


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """A copy of the export that a test may spoil."""
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


SPOILED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a table cut off": ("ops/ticket.parquet", cut_off, r"ops/ticket\.parquet has [\d,]+ bytes and was written with"),
    "a table changed": ("ops/unit.csv", flip_a_bit, r"ops/unit\.csv is damaged"),
    "a table missing": ("ops/visit.parquet", Path.unlink, r"ops/visit\.parquet is missing"),
    "a batch changed": ("feeds/erp__price/20261120T000000Z-1/part-0.parquet", flip_a_bit, r"feeds/erp__price.*damaged"),
    "a dictionary cut off": ("dictionary.json", cut_off, r"dictionary\.json cannot be read"),
    "no dictionary": ("dictionary.json", Path.unlink, r"dictionary\.json is missing"),
    "a photo changed": ("files/*/*", flip_a_bit, r"files/../\w{64} is damaged"),
    "a photo missing": ("files/*/*", Path.unlink, r"holds 0 files, and 1 were exported"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_export_is_refused_and_the_file_is_named(empty: Installation, copy: Path, spoiled: str) -> None:
    pattern, spoil, sentence = SPOILED[spoiled]
    (file,) = copy.glob(pattern)
    spoil(file)
    with pytest.raises(ExportDamaged, match=sentence):
        empty.take_in(copy)
    assert_nothing_was_written(empty)


def assert_nothing_was_written(installation: Installation) -> None:
    for table in ("ticket", "project", "account", "audit_entry"):
        assert installation.count(table) == 0
    assert not installation.settings.attachments.exists()
    assert not installation.settings.raw.exists()


def rewritten(folder: Path, **changed: object) -> None:
    """Change the dictionary as somebody would who knows how it is sealed."""
    document = json.loads((folder / dictionary.FILE).read_text()) | changed
    (folder / dictionary.FILE).write_text(dictionary.as_text(dictionary.sealed(document)))


def test_a_dictionary_that_somebody_edited_is_refused(empty: Installation, copy: Path) -> None:
    path = copy / dictionary.FILE
    path.write_text(path.read_text().replace('"row_count": 2', '"row_count": 1', 1))
    with pytest.raises(ExportDamaged, match="was changed after it was written"):
        empty.take_in(copy)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"schema": "2027_01_01_of_tomorrow"}, r"schema 2027_01_01_of_tomorrow \(Anju .*\).*then upgrade"),
        ({"is_with_personal_data": False}, "without personal data"),
        ({"format": 2}, "has format 2"),
    ],
    ids=["a newer schema", "no personal data", "another format"],
)
def test_an_export_that_does_not_fit_is_refused(
    empty: Installation, copy: Path, changed: dict[str, object], sentence: str
) -> None:
    rewritten(copy, **changed)
    with pytest.raises(ExportNotImportable, match=sentence):
        empty.take_in(copy)
    assert_nothing_was_written(empty)


def test_a_file_outside_of_the_export_is_not_read(empty: Installation, copy: Path) -> None:
    document = json.loads((copy / dictionary.FILE).read_text())
    document["tables"][0]["files"][0]["path"] = "../../../etc/passwd"
    rewritten(copy, tables=document["tables"])
    with pytest.raises(ExportDamaged, match="lies outside of the export"):
        empty.take_in(copy)


def test_fewer_rows_than_were_written_take_everything_back(empty: Installation, copy: Path) -> None:
    document = json.loads((copy / dictionary.FILE).read_text())
    (entry,) = (entry for entry in document["tables"] if entry["name"] == "visit")
    entry["row_count"] = 3
    rewritten(copy, tables=document["tables"])
    with pytest.raises(ExportDamaged, match=r"visit\.csv gave 2 rows, and 3 were written"):
        empty.take_in(copy)
    assert empty.count("ticket") == 0
    assert not empty.settings.raw.exists()


def test_a_row_that_the_database_does_not_take_is_told_by_its_table(empty: Installation, copy: Path) -> None:
    path = copy / "ops" / "visit.csv"
    path.write_text(path.read_text().replace(",survey,", ",picnic,"))
    assert "picnic" in path.read_text()
    document = json.loads((copy / dictionary.FILE).read_text())
    (entry,) = (entry for entry in document["tables"] if entry["name"] == "visit")
    content = path.read_bytes()
    (file,) = (file for file in entry["files"] if file["path"].endswith(".csv"))
    file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewritten(copy, tables=document["tables"])
    with pytest.raises(ExportNotImportable, match=r"rows of visit: .*purpose_known"):
        empty.take_in(copy)
    assert empty.count("ticket") == 0


def test_a_server_that_goes_away_ends_an_export_in_a_sentence(filled: Installation, tmp_path: Path) -> None:
    def tell(what: str, done: int, of: int) -> None:
        if what == "ticket":
            with command_engine(filled.url).begin() as connection:
                connection.execute(
                    text(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where datname = current_database() and pid <> pg_backend_pid()"
                    )
                )

    with pytest.raises(ExportInterrupted, match="nothing was left behind"):
        export_everything(filled.settings, filled.url, tmp_path / "export", Options(), now=NOW, tell=tell)
    assert list(tmp_path.iterdir()) == []


def test_a_password_for_nobody_takes_everything_back(empty: Installation, exported: Path) -> None:
    with pytest.raises(AccountUnknown, match="no account nobody"):
        empty.take_in(exported, password=NewPassword("nobody", "a good long password"))
    assert empty.count("ticket") == empty.count("account") == 0
    assert not empty.settings.raw.exists()


def test_an_installation_that_holds_something_takes_nothing_in(filled: Installation, exported: Path) -> None:
    before = filled.count("audit_entry")
    with pytest.raises(
        SystemNotEmpty, match=r"holds \d+ rows of audit_entry, 2 rows of contractor.*Nothing was changed"
    ):
        filled.take_in(exported)
    assert filled.count("audit_entry") == before


def test_landed_batches_of_another_time_are_not_mixed_in(
    make_installation: Callable[[], Installation], exported: Path
) -> None:
    there = make_installation()
    (there.settings.raw / "ops__ticket").mkdir(parents=True)
    with pytest.raises(SystemNotEmpty, match="holds batches of another time"):
        there.take_in(exported)


def test_a_folder_that_is_not_empty_is_left_alone(filled: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(TargetTaken, match="is not empty"):
        filled.export(tmp_path / "mine")
    with pytest.raises(TargetTaken, match="is no folder"):
        filled.export(tmp_path / "mine" / "letter.txt")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    (tmp_path / "none").mkdir()
    filled.export(tmp_path / "none", formats=("csv",))
    assert (tmp_path / "none" / dictionary.FILE).exists()


def test_all_tables_are_of_one_moment(filled: Installation, tmp_path: Path) -> None:
    """A row that is committed while the export runs, in a table not yet read, is not in it."""
    added = iter([1])

    def tell(what: str, done: int, of: int) -> None:
        if next(added, None):
            with command_engine(filled.url).begin() as connection:
                connection.execute(text("insert into ops.sweep (name, swept_at) values ('late', now())"))
                connection.execute(
                    text(
                        "insert into ops.message (ticket_id, author_kind, body, sent_at)"
                        " select id, 'owner', 'late', now() from ops.ticket limit 1"
                    )
                )

    before = filled.count("message")
    export_everything(filled.settings, filled.url, tmp_path / "export", Options(), now=NOW, tell=tell)
    document = dictionary.read(tmp_path / "export")
    (entry,) = (entry for entry in document["tables"] if entry["name"] == "message")
    assert entry["row_count"] == before
    assert filled.count("message") == before + 1
    with command_engine(filled.url).begin() as connection:
        connection.execute(text("delete from ops.message where body = 'late'"))


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), OSError(28, "No space left on device"), RuntimeError("else")])
def test_an_export_that_ends_in_the_middle_leaves_nothing(
    filled: Installation, tmp_path: Path, trouble: BaseException
) -> None:
    def tell(what: str, done: int, of: int) -> None:
        if what == "ticket":
            raise trouble

    expected = ExportInterrupted if isinstance(trouble, OSError) else type(trouble)
    with pytest.raises(expected) as raised:
        export_everything(filled.settings, filled.url, tmp_path / "export", Options(), now=NOW, tell=tell)
    if isinstance(trouble, OSError):
        assert "The disk is full" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_opens_nothing_is_said(filled: Installation, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Settings(home=tmp_path / "other")
    with pytest.raises(ExportInterrupted, match="encryption keys do not open"):
        export_everything(other, filled.url, tmp_path / "export", Options(), now=NOW, tell=silent)
    assert not (tmp_path / "export").exists()


def test_a_database_of_an_older_schema_is_told_to_migrate_first(
    make_installation: Callable[[], Installation], tmp_path: Path
) -> None:
    older = make_installation()
    with command_engine(older.url).begin() as connection:
        connection.execute(text("update ops.alembic_version set version_num = '2026_11_23_operational_store'"))
    with pytest.raises(SchemaNotNewest, match=r"has the schema 2026_11_23_operational_store .* migrate"):
        older.export(tmp_path / "export")
    assert not (tmp_path / "export").exists()


def limited_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


def command(filled: Installation, *words: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "ops_db", *words], dict(environment(filled.settings, database_url=filled.url))


@pytest.mark.fault
def test_a_disk_that_takes_no_more_ends_in_a_sentence(filled: Installation, tmp_path: Path) -> None:
    words, env = command(filled, "export", str(tmp_path / "export"))
    done = subprocess.run(words, env=env, capture_output=True, text=True, preexec_fn=limited_files, check=False)
    assert done.returncode == 1
    assert "The disk is full" in done.stderr.replace("\n", " ")
    assert "nothing was left behind" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def slow_lock(filled: Installation) -> Iterator[None]:
    """Somebody holds a table, so that an export waits in the middle."""
    with command_engine(filled.url).begin() as connection:
        connection.execute(text("lock table ops.visit in access exclusive mode"))
        yield


@pytest.mark.fault
def test_a_killed_export_leaves_nothing_that_looks_whole(
    filled: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("slow_lock")
    words, env = command(filled, "export", str(tmp_path / "export"))
    child = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(tmp_path.glob(".export.unfinished-*/ops/ticket.parquet")), "the export is under way")
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "export").exists()
    (left,) = tmp_path.iterdir()
    with pytest.raises(ExportDamaged, match="no export, or one that was not finished"):
        dictionary.read(left)


def test_what_a_killed_export_left_is_removed_by_the_next(filled: Installation, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for owner in (gone.pid, os.getppid()):
        (tmp_path / f".export.unfinished-{owner}").mkdir()
    filled.export(tmp_path / "export", formats=("csv",))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".export.unfinished-{os.getppid()}", "export"]


def test_every_error_has_a_code_of_its_own() -> None:
    errors = [ExportError, *ExportError.__subclasses__()]
    assert len({error.code for error in errors}) == len(errors)
