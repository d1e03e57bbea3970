"""The one place that reads the environment: every switch of an installation, its default and its meaning.

A setting comes from an `ANJU_` variable, else from `.env` in the working directory, else from its default here.
`.env.example` is written from this class by `python -m core.settings`, and a test holds the two equal.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.secrets_file import Secrets, load_or_create_secrets

Port = Annotated[int, Field(ge=1, le=65535)]

_PREFIX = "ANJU_"
_EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104  These are compared with, never bound to.


class Settings(BaseSettings):
    """One installation of Anju. Paths are absolute; anything secret is a `SecretStr` and never shows in a log."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    home: Path = Field(
        default=Path(".anju"),
        description="Folder that holds everything this installation keeps: lake, warehouse, attachments, database.",
    )
    system_state: Path = Field(
        default=Path("/var/lib/anju"),
        description="Where the embedded database lives when started by root with a home that only root can enter.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least serious message that is written to the log."
    )
    timezone: str = Field(
        default="Asia/Shanghai",
        description="Time zone in which people read dates and calendars are kept; stored times are always UTC.",
    )
    language: Literal["zh-CN", "en"] = Field(
        default="zh-CN", description="Language for a reader who has not chosen one: zh-CN or en."
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="Operational database, postgresql+psycopg://user:password@host/name. Unset: an embedded server.",
    )
    postgres_port: Port | None = Field(
        default=None, description="Port of the embedded database. Unset: the port of the last start, else a free one."
    )
    postgres_start_seconds: int = Field(
        default=600, ge=1, description="Longest wait for the embedded database while it is alive and still recovering."
    )
    postgres_durable: bool = Field(
        default=True,
        description="Whether the embedded database waits for the disk at each commit. False only for throw-away data.",
    )

    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that signs sessions and links, 32 random characters or more. Unset: made once in the home.",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Fernet keys for personal data, comma separated, newest first. Unset: made once in the home.",
    )

    host: str = Field(default="127.0.0.1", description="Address on which the service, cockpits and Dagster listen.")
    service_port: Port = Field(default=8000, description="Port of the ticket service.")
    cockpits_port: Port = Field(default=8501, description="Port of the cockpits.")
    dagster_port: Port = Field(default=3000, description="Port of the Dagster pages, which have no sign-in.")
    service_base_url: str | None = Field(
        default=None, description="Address at which people reach the ticket service, when behind a proxy."
    )
    cockpits_base_url: str | None = Field(
        default=None, description="Address at which people reach the cockpits, when behind a proxy."
    )
    dagster_base_url: str | None = Field(
        default=None, description="Address at which people reach the Dagster pages, when behind a proxy."
    )
    session_hours: int = Field(default=12, ge=1, description="Hours after which a signed-in person signs in again.")
    attachment_megabytes: int = Field(
        default=20, ge=1, description="Largest photo or document that is accepted, in MB."
    )
    video_megabytes: int = Field(default=60, ge=1, description="Largest film that is accepted with a form, in MB.")

    webhook_loopback: bool = Field(
        default=False,
        description="Whether webhooks may go to this machine itself and without https. Only for tests and the demo.",
    )

    crm_url: str | None = Field(default=None, description="Base address of the CRM's REST interface.")
    crm_token: SecretStr | None = Field(default=None, description="Bearer token for the CRM.")
    finance_database_url: SecretStr | None = Field(
        default=None, description="Finance database, postgresql://reader:password@host/name; a read-only user suffices."
    )
    mqtt_url: SecretStr | None = Field(
        default=None, description="Broker of meters and lifts, mqtt://user:password@host:1883."
    )

    @field_validator("home", "system_state")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().resolve()

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _comma_separated(cls, keys: Any) -> Any:
        return tuple(key.strip() for key in keys.split(",") if key.strip()) if isinstance(keys, str) else keys

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            message = f"{name!r} is no known time zone. Use a name such as Asia/Shanghai."
            raise ValueError(message) from error
        return name

    @field_validator("database_url")
    @classmethod
    def _names_the_driver(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith("postgresql+psycopg://"):
            message = "The database address must start with postgresql+psycopg:// (the driver is spelled out)."
            raise ValueError(message)
        return url

    @property
    def lake(self) -> Path:
        """The lake: raw, clean and quarantine side by side."""
        return self.home / "lake"

    @property
    def raw(self) -> Path:
        """Landed batches, as each source said them; never changed."""
        return self.lake / "raw"

    @property
    def clean(self) -> Path:
        """Typed frames made from raw."""
        return self.lake / "clean"

    @property
    def quarantine(self) -> Path:
        """Rejected rows with the rule they broke."""
        return self.lake / "quarantine"

    @property
    def warehouse(self) -> Path:
        """Published DuckDB builds and the pointer to the current one."""
        return self.home / "warehouse"

    @property
    def attachments(self) -> Path:
        """Photos and documents of tickets."""
        return self.home / "attachments"

    @property
    def postgres(self) -> Path:
        """The embedded database server; unused when `database_url` is set."""
        return self.home / "postgres"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder."""
        return self.home / "dagster"

    @property
    def inbox(self) -> Path:
        """Dropped files, one folder a source."""
        return self.home / "inbox"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone people read dates in."""
        return ZoneInfo(self.timezone)

    @property
    def service_url(self) -> str:
        """Address of the ticket service for links, without a slash at the end."""
        return self._public(self.service_base_url, self.service_port)

    @property
    def cockpits_url(self) -> str:
        """Address of the cockpits for links, without a slash at the end."""
        return self._public(self.cockpits_base_url, self.cockpits_port)

    @property
    def dagster_url(self) -> str:
        """Address of the Dagster pages for links, without a slash at the end."""
        return self._public(self.dagster_base_url, self.dagster_port)

    @cached_property
    def secrets(self) -> Secrets:
        """Signing key, encryption keys and database passwords; those not set are made once and kept in the home."""
        kept = load_or_create_secrets(self.home)
        return Secrets(
            secret_key=self.secret_key or kept.secret_key,
            encryption_keys=self.encryption_keys or kept.encryption_keys,
            database_password=kept.database_password,
            database_admin_password=kept.database_admin_password,
        )

    def _public(self, base_url: str | None, port: int) -> str:
        host = "127.0.0.1" if self.host in _EVERY_ADDRESS else self.host
        return base_url.rstrip("/") if base_url else f"http://{host}:{port}"


@cache
def get_settings() -> Settings:
    """The settings of this process, read once. Tests call `get_settings.cache_clear()` after changing a variable."""
    return Settings()


def environment_example() -> str:
    """The text of `.env.example`: each setting, commented out, at its default, under its description."""
    lines = ["# Settings of Anju, each at its default. Copy to .env, uncomment and change what differs."]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else str(field.default)
        lines += ["", f"# {field.description}", f"#{_PREFIX}{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(environment_example(), end="")  # noqa: T201  The Makefile redirects this to the file.
