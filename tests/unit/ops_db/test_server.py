"""The embedded server, with the real one: started once however many ask, whole after a crash, and stopped cleanly."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import SecretStr

from core.settings import Settings
from ops_db.server import admin_connection, database_url, ensure_server, server_status, stop_server
from ops_db.server_files import ServerError

pytestmark = pytest.mark.fault

NOBODY = 65534


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def _of_any_port(settings: Settings) -> Settings:
    return settings.model_copy(update={"postgres_port": None})


def _read(url: str, query: str) -> object:
    with _connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _server_pids(settings: Settings) -> list[int]:
    data = settings.postgres.resolve() / "data"
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == data:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _kill(settings: Settings) -> None:
    """Kill the server and all its processes at once, as the kernel does when memory runs out."""
    postmaster = server_status(settings).pid
    assert postmaster is not None
    victims = [psutil.Process(postmaster), *psutil.Process(postmaster).children(recursive=True)]
    for victim in victims:
        victim.send_signal(signal.SIGKILL)
    psutil.wait_procs(victims, timeout=30)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_server_starts_is_found_again_and_stops(own_server: Settings) -> None:
    assert server_status(own_server).state == "absent"
    url = ensure_server(own_server)
    assert _read(url, "select current_user || '@' || current_database()") == "anju@anju"
    running = server_status(own_server)
    assert running.state == "running"
    assert ensure_server(own_server) == url
    assert server_status(own_server) == running
    assert stop_server(own_server)
    assert server_status(own_server).state == "stopped"
    assert not stop_server(own_server)
    assert ensure_server(_of_any_port(own_server)) == url, "The port is remembered."


def test_a_server_is_durable_checked_and_closed_to_strangers(own_server: Settings) -> None:
    url = ensure_server(own_server)
    wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}
    with _connect(url) as connection:
        query = "select name, setting from pg_settings where name = any(%s)"
        found = dict(connection.execute(query, [[*wanted, "listen_addresses"]]).fetchall())
    assert found == wanted | {"listen_addresses": "127.0.0.1"}
    with pytest.raises(psycopg.OperationalError, match="password"):
        _connect(url.replace(own_server.secrets.database_password.get_secret_value(), "guessed"))


def test_a_server_that_would_lose_data_is_refused(own_server: Settings) -> None:
    ensure_server(own_server)
    port = server_status(own_server).port
    assert port is not None
    with admin_connection(own_server, port=port) as connection:
        connection.execute("alter system set fsync = off")
    stop_server(own_server)
    with pytest.raises(ServerError, match="fsync must be on"):
        ensure_server(own_server)


def test_what_was_acknowledged_survives_a_kill(own_server: Settings) -> None:
    url = ensure_server(own_server)
    with _connect(url) as connection:
        connection.execute("create table acknowledged (id integer primary key)")
        for number in range(200):
            connection.execute("insert into acknowledged values (%s)", [number])
        _kill(own_server)
    assert server_status(own_server).state == "stopped"
    assert (own_server.postgres / "data" / "postmaster.pid").exists(), "A killed server leaves its lock file behind."
    assert ensure_server(own_server) == url
    assert _read(url, "select count(*) from acknowledged") == 200


def test_a_lock_file_that_names_a_stranger_does_not_prevent_a_start(own_server: Settings) -> None:
    url = ensure_server(own_server)
    _kill(own_server)
    lock_file = own_server.postgres / "data" / "postmaster.pid"
    lines = lock_file.read_text(encoding="utf-8").splitlines()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")
    assert server_status(own_server).state == "stopped"
    assert ensure_server(own_server) == url


def test_processes_that_outlive_their_server_are_gone_before_the_next_starts(own_server: Settings) -> None:
    url = ensure_server(own_server)
    status = server_status(own_server)
    assert status.pid is not None
    with _connect(url) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        os.kill(status.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(status.pid)] if psutil.pid_exists(status.pid) else [], timeout=30)
        assert ensure_server(own_server) == url
        assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE


def test_two_processes_at_once_start_one_server(own_server: Settings) -> None:
    program = (
        "from core.settings import get_settings; from ops_db.server import *; print(ensure_server(get_settings()))"
    )
    environment = {"ANJU_HOME": str(own_server.home), "ANJU_SYSTEM_STATE": str(own_server.system_state)}
    starters = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    urls = {starter.communicate(timeout=120)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert urls == {ensure_server(own_server)}
    postmasters = [
        pid for pid in _server_pids(own_server) if psutil.Process(pid).ppid() not in _server_pids(own_server)
    ]
    assert postmasters == [server_status(own_server).pid]


def test_a_half_made_cluster_is_made_again(own_server: Settings) -> None:
    unfinished = own_server.postgres / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n", encoding="utf-8")
    assert _read(ensure_server(own_server), "select 1") == 1


def test_a_remembered_port_that_is_taken_gives_way_to_the_next_free_one(own_server: Settings, taken_port: int) -> None:
    ensure_server(own_server)
    stop_server(own_server)
    (own_server.postgres / "port").write_text(str(taken_port), encoding="utf-8")
    url = ensure_server(_of_any_port(own_server))
    port = server_status(own_server).port
    assert port is not None
    assert port > taken_port
    assert _read(url, "select 1") == 1


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(own_server: Settings, taken_port: int) -> None:
    with pytest.raises(ServerError, match=f"Port {taken_port} is taken") as raised:
        ensure_server(own_server.model_copy(update={"postgres_port": taken_port}))
    assert raised.value.code == "port_taken"


def test_a_cluster_of_another_major_version_is_refused(own_server: Settings) -> None:
    ensure_server(own_server)
    stop_server(own_server)
    (own_server.postgres / "data" / "PG_VERSION").write_text("16\n", encoding="utf-8")
    with pytest.raises(ServerError, match="made by Postgres 16") as raised:
        ensure_server(own_server)
    assert raised.value.code == "server_version_differs"


def test_a_configured_database_is_used_and_nothing_started(tmp_path: Path) -> None:
    url = "postgresql+psycopg://anju:secret@db.example.com/anju"
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(url))
    assert database_url(settings) == url
    assert server_status(settings).state == "external"
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has a home that the account of the database cannot enter.")
def test_a_home_that_only_root_can_enter_keeps_its_database_elsewhere(own_server: Settings) -> None:
    own_server.home.mkdir(mode=0o700)
    url = ensure_server(own_server)
    assert own_server.postgres.resolve().parent == own_server.system_state
    assert _read(url, "select 1") == 1
    stop_server(own_server)
    assert ensure_server(own_server) == url


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has a home that the account of the database cannot enter.")
def test_a_home_deleted_and_made_again_gets_a_new_database(own_server: Settings) -> None:
    own_server.home.mkdir(mode=0o700)
    ensure_server(own_server)
    stop_server(own_server)
    shutil.rmtree(own_server.home)
    own_server.home.mkdir(mode=0o700)
    again = Settings(home=own_server.home, system_state=own_server.system_state)
    assert _read(ensure_server(again), "select 1") == 1
    stop_server(again)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has a home that the account of the database cannot enter.")
def test_a_home_out_of_reach_with_no_other_place_is_a_clear_error(own_server: Settings) -> None:
    own_server.home.mkdir(mode=0o700)
    settings = own_server.model_copy(update={"system_state": own_server.home / "inside"})
    with pytest.raises(ServerError, match="a folder that every user may enter") as raised:
        ensure_server(settings)
    assert raised.value.code == "home_unreachable"


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become an ordinary user; as one, every test here is run.")
def test_an_ordinary_user_runs_a_server_too(own_server: Settings) -> None:
    own_server.home.mkdir()
    os.chown(own_server.home, NOBODY, NOBODY)
    # The Python of this run may lie where only root can read, so all is imported before root is given up.
    program = textwrap.dedent(f"""
        import os
        import psycopg
        from core.settings import get_settings
        from ops_db.server import ensure_server, server_status, stop_server
        os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
        url = ensure_server(get_settings())
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            print(connection.execute("select current_user").fetchone()[0])
        owner = os.stat(f"/proc/{{server_status(get_settings()).pid}}").st_uid
        print(owner, stop_server(get_settings()))
    """)
    environment = {"ANJU_HOME": str(own_server.home), "ANJU_SYSTEM_STATE": str(own_server.system_state)}
    outcome = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environment, timeout=120
    )
    assert outcome.stdout.split() == ["anju", str(NOBODY), "True"], outcome.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="Root may open every home, so only root can try another user's.")
def test_another_users_server_is_refused_in_words(own_server: Settings) -> None:
    ensure_server(own_server)
    program = textwrap.dedent(f"""
        import os
        from core.settings import get_settings
        from ops_db.server import ServerError, ensure_server
        os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
        try:
            ensure_server(get_settings())
        except ServerError as error:
            print(error.code)
    """)
    environment = {"ANJU_HOME": str(own_server.home), "ANJU_SYSTEM_STATE": str(own_server.system_state)}
    outcome = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environment, timeout=120
    )
    assert outcome.stdout.strip() == "server_of_another_user", outcome.stderr
