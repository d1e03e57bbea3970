"""The embedded Postgres server: made, started, found again and stopped, for an installation that brings no database.

It listens on loopback only, asks for a generated password, and keeps its files under `postgres` in the home. Postgres
refuses to run as root, so root starts it under the system account `anju`. All functions may be called by several
processes at once: the first starts the server, the others find it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import psutil
import psycopg
from filelock import FileLock
from psycopg import sql

from core.settings import Settings
from ops_db.server_files import ServerError, ServerFiles, find_server_files, prepare_server_files

ROLE: Final = "anju"
DATABASE: Final = "anju"
ADMIN_ROLE: Final = "postgres"

_HOST: Final = "127.0.0.1"
# Below the range from which Linux takes ports for outgoing connections, so that a remembered port is free next time.
_FIRST_PORT: Final = 5433
_PORTS_TRIED: Final = 200
_POLL_SECONDS: Final = 0.02
_ORPHAN_SECONDS: Final = 5
_STOP_SECONDS: Final = 300

_DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_THROW_AWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_CONFIGURATION: Final = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # Parallel plans need shared memory that a container often lacks (64 MB), and gain little on small lookups.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "jit": "off",
    # A forgotten transaction holds back vacuum and the horizon below which changes are extracted.
    "idle_in_transaction_session_timeout": "10min",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a %u@%d ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "1000",
}


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server without starting it; `port` and `pid` are None unless it runs."""

    state: Literal["external", "running", "starting", "stopped", "absent"]
    port: int | None = None
    pid: int | None = None
    data_directory: str | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """The fields for a program to read."""
        return asdict(self)


def database_url(settings: Settings) -> str:
    """Address of the operational database (`postgresql+psycopg://…`): the configured one, else the embedded server's.

    Starts the embedded server when it does not run; raises ServerError when it cannot.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return ensure_server(settings)


def ensure_server(settings: Settings) -> str:
    """Start the embedded server unless it runs, and give its address; raises ServerError when it cannot start.

    Waits as long as the server lives and is still recovering, at most `postgres_start_seconds`.
    """
    files = find_server_files(settings)
    postmaster = _postmaster(files) if files else None
    if not (files and postmaster and postmaster.is_ready and files.remembered_port() == postmaster.port):
        with _lock(settings):
            files = prepare_server_files(settings, configuration=_configuration(settings))
            postmaster = _postmaster(files) or _start(settings, files)
            postmaster = _wait_until_ready(settings, files, postmaster)
            _prepare_database(settings, postmaster.port)
            # Remembered last: a port on file tells other processes that role and database exist.
            files.remember_port(postmaster.port)
    return _address(settings, postmaster.port)


def stop_server(settings: Settings) -> bool:
    """Stop the embedded server cleanly, ending open connections; False if it did not run."""
    files = find_server_files(settings)
    if files is None:
        return False
    with _lock(settings):
        if _postmaster(files) is None:
            return False
        outcome = files.run("pg_ctl", "-D", files.data, "-m", "fast", "-w", "-t", _STOP_SECONDS, "stop")
        if outcome.returncode:
            message = f"The embedded database did not stop: {outcome.stdout.strip()}"
            raise ServerError(message, code="server_not_stopped")
        return True


def server_status(settings: Settings) -> ServerStatus:
    """Look at the server without changing anything."""
    if settings.database_url is not None:
        return ServerStatus("external")
    files = find_server_files(settings)
    if files is None:
        return ServerStatus("absent")
    postmaster = _postmaster(files)
    if postmaster is None:
        return ServerStatus("stopped", data_directory=str(files.data))
    state: Literal["running", "starting"] = "running" if postmaster.is_ready else "starting"
    return ServerStatus(state, postmaster.port, postmaster.pid, str(files.data))


def admin_connection(settings: Settings, *, port: int, database: str = "postgres") -> psycopg.Connection:
    """A connection to the embedded server as its superuser, committing each statement; for backups and tests."""
    return psycopg.connect(
        host=_HOST,
        port=port,
        user=ADMIN_ROLE,
        password=settings.secrets.database_admin_password.get_secret_value(),
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )


@dataclass(frozen=True, slots=True)
class _Postmaster:
    """The living server process, as its own lock file describes it."""

    pid: int
    port: int
    is_ready: bool


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.home / "postgres.lock"):
        yield


def _configuration(settings: Settings) -> dict[str, str]:
    return _CONFIGURATION | (_DURABLE if settings.postgres_durable else _THROW_AWAY)


def _address(settings: Settings, port: int) -> str:
    password = settings.secrets.database_password.get_secret_value()
    return f"postgresql+psycopg://{ROLE}:{password}@{_HOST}:{port}/{DATABASE}"


def _postmaster(files: ServerFiles) -> _Postmaster | None:
    """The server that runs on these files, or None.

    The lock file alone proves nothing: after a crash it stays behind, and its process number may belong to a zombie or
    to a stranger by now.
    """
    try:
        lines = files.lock_file.read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not _is_server_process(pid, files):
        return None
    return _Postmaster(pid, port, is_ready=len(lines) > 7 and lines[7].strip() == "ready")


def _is_server_process(pid: int, files: ServerFiles) -> bool:
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith("postgres")
            and Path(process.cwd()) == files.data
        )
    except psutil.Error:
        return False


def _start(settings: Settings, files: ServerFiles) -> _Postmaster:
    _end_orphans(files)
    files.lock_file.unlink(missing_ok=True)
    first_port = settings.postgres_port or files.remembered_port() or _FIRST_PORT
    last_port = first_port if settings.postgres_port else first_port + _PORTS_TRIED
    for port in range(first_port, last_port + 1):
        if not _is_free(port):
            continue
        files.startup_log.unlink(missing_ok=True)
        seconds = settings.postgres_start_seconds
        options = ["-D", files.data, "-l", files.startup_log, "-o", f"-p {port}", "-w", "-t", seconds]
        outcome = files.run("pg_ctl", *options, "start")
        postmaster = _postmaster(files)
        if postmaster is not None:
            return postmaster
        log = files.recent_log()
        # Another server may have taken the port since it was looked at; any other failure is final.
        if "could not bind" not in log:
            message = f"The embedded database did not start. {outcome.stdout.strip()}\nThe end of its log:\n{log}"
            raise ServerError(message, code="server_not_started")
    wanted = f"Port {first_port} is" if first_port == last_port else f"Ports {first_port} to {last_port} are"
    message = f"{wanted} taken on {_HOST}. Set ANJU_POSTGRES_PORT to a free port."
    raise ServerError(message, code="port_taken")


def _end_orphans(files: ServerFiles) -> None:
    """Wait for processes that outlived a killed server, then end them.

    They end by themselves when they notice; one that did not could write into the files of the next server.
    """
    processes = [process for process in psutil.process_iter() if _is_server_process(process.pid, files)]
    _, alive = psutil.wait_procs(processes, timeout=_ORPHAN_SECONDS)
    for process in alive:
        process.kill()
    _, alive = psutil.wait_procs(alive, timeout=_ORPHAN_SECONDS)
    if alive:
        numbers = ", ".join(str(process.pid) for process in alive)
        message = f"Processes {numbers} of an earlier server still hold {files.data}. End them and start again."
        raise ServerError(message, code="server_orphaned")


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((_HOST, port))
        except OSError:
            return False
    return True


def _wait_until_ready(settings: Settings, files: ServerFiles, postmaster: _Postmaster) -> _Postmaster:
    deadline = time.monotonic() + settings.postgres_start_seconds
    current: _Postmaster | None = postmaster
    while current is not None and not current.is_ready and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        current = _postmaster(files)
    if current is None or not current.is_ready:
        what = "ended while it recovered" if current is None else "is still recovering; call again to go on waiting"
        message = f"The embedded database {what}. The end of its log:\n{files.recent_log()}"
        raise ServerError(message, code="server_not_ready")
    return current


def _prepare_database(settings: Settings, port: int) -> None:
    """Make the role and database if missing, and refuse a server that would lose what it has acknowledged."""
    try:
        with admin_connection(settings, port=port) as connection:
            if settings.postgres_durable:
                _assert_durable(connection)
            _create_role(connection, settings.secrets.database_password.get_secret_value())
            if connection.execute("select from pg_database where datname = %s", [DATABASE]).rowcount == 0:
                statement = sql.SQL("create database {} owner {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))
    except psycopg.OperationalError as error:
        message = f"The embedded database runs and refuses its administrator: {error}. Does secrets.json belong to it?"
        raise ServerError(message, code="server_refuses") from error


def _assert_durable(connection: psycopg.Connection) -> None:
    names = (*_DURABLE, "data_checksums")
    query = "select name, setting from pg_settings where name = any(%s)"
    found: dict[str, str] = dict(connection.execute(query, [list(names)]).fetchall())
    wrong = sorted(name for name in names if found.get(name) != "on")
    if wrong:
        message = f"The embedded database would lose data in a crash: {', '.join(wrong)} must be on."
        raise ServerError(message, code="server_not_durable")


def _create_role(connection: psycopg.Connection, password: str) -> None:
    """The role of the application: owner of its database and no superuser, so that row security holds for it too."""
    if connection.execute("select from pg_roles where rolname = %s", [ROLE]).rowcount:
        return
    statement = sql.SQL("create role {} login createdb createrole password {}")
    connection.execute(statement.format(sql.Identifier(ROLE), sql.Literal(password)))
    connection.execute(sql.SQL("grant pg_monitor to {}").format(sql.Identifier(ROLE)))
