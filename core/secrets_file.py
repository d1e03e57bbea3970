"""The secrets an installation makes for itself on its first start, kept in one file that only its owner can read.

Losing the file means losing every encrypted phone number, so it belongs into the backup of the home.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from filelock import FileLock
from pydantic import SecretStr

_FILE_NAME = "secrets.json"


class SecretsFileError(RuntimeError):
    """The file of secrets is there and cannot be used."""

    code = "secrets_file_unusable"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Signing key, Fernet keys (newest first: it encrypts, all decrypt) and passwords of the embedded database."""

    secret_key: SecretStr
    encryption_keys: tuple[SecretStr, ...]
    database_password: SecretStr
    database_admin_password: SecretStr


def load_or_create_secrets(home: Path) -> Secrets:
    """Read `secrets.json` under `home`, made first if missing; two processes at once agree on one file.

    Raises SecretsFileError for a damaged file: making a new one would orphan all encrypted data.
    """
    path = home / _FILE_NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / f"{_FILE_NAME}.lock", mode=0o600):
            if not path.exists():
                _write(path, _new_secrets())
    return _read(path)


def _new_secrets() -> dict[str, str | list[str]]:
    return {
        "secret_key": secrets.token_urlsafe(48),
        "encryption_keys": [Fernet.generate_key().decode()],
        "database_password": secrets.token_urlsafe(24),
        "database_admin_password": secrets.token_urlsafe(24),
    }


def _write(path: Path, content: dict[str, str | list[str]]) -> None:
    # mkstemp creates the file with mode 0600, so the secrets are never readable by others, not even for a moment.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def _read(path: Path) -> Secrets:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        keys = tuple(SecretStr(key) for key in content["encryption_keys"])
        for key in keys:
            Fernet(key.get_secret_value())
        return Secrets(
            secret_key=SecretStr(content["secret_key"]),
            encryption_keys=keys,
            database_password=SecretStr(content["database_password"]),
            database_admin_password=SecretStr(content["database_admin_password"]),
        )
    except PermissionError as error:
        message = f"{path} belongs to another user. Run as the user who made this home, or choose another ANJU_HOME."
        raise SecretsFileError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} is damaged. Restore it from a backup: a new one could not read what was encrypted before."
        raise SecretsFileError(message) from error
