"""Settings: defaults, the environment, the example file and the secrets an installation makes for itself."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from core.secrets_file import SecretsFileError, load_or_create_secrets
from core.settings import Settings, environment_example

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ANJU_{name.upper()}", raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    monkeypatch.chdir(tmp_path)


def test_the_example_file_equals_the_settings() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == environment_example()


def test_each_setting_is_described_in_a_sentence() -> None:
    undescribed = [
        name for name, field in Settings.model_fields.items() if not re.fullmatch(r"[A-Z].+\.", field.description or "")
    ]
    assert undescribed == []


def test_the_example_file_uncommented_changes_nothing(tmp_path: Path) -> None:
    uncommented = re.sub(r"^#(ANJU_)", r"\1", environment_example(), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(uncommented, encoding="utf-8")
    assert Settings() == Settings(_env_file=None)


def test_paths_are_absolute_and_under_the_home(tmp_path: Path) -> None:
    settings = Settings()
    assert settings.home == tmp_path / ".anju"
    assert settings.raw == tmp_path / ".anju" / "lake" / "raw"
    assert settings.postgres == tmp_path / ".anju" / "postgres"


def test_a_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANJU_SERVICE_PORT=8100\nANJU_DAGSTER_PORT=3100\n", encoding="utf-8")
    monkeypatch.setenv("ANJU_SERVICE_PORT", "8200")
    settings = Settings()
    assert (settings.service_port, settings.dagster_port) == (8200, 3100)


def test_public_addresses_follow_the_proxy_or_the_port() -> None:
    assert Settings(host="0.0.0.0", service_port=8001).service_url == "http://127.0.0.1:8001"
    assert Settings(service_base_url="https://repairs.example.com/").service_url == "https://repairs.example.com"


def test_a_database_address_without_its_driver_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"postgresql\+psycopg://"):
        Settings(database_url=SecretStr("postgresql://localhost/anju"))


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="no known time zone"):
        Settings(timezone="Asia/Peking")


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first = Settings(home=tmp_path / "home").secrets
    assert Settings(home=tmp_path / "home").secrets == first
    assert stat.S_IMODE((tmp_path / "home" / "secrets.json").stat().st_mode) == 0o600


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, crm_token=SecretStr("crm-token-in-clear"))
    printed = repr(settings) + repr(settings.secrets)
    assert "crm-token-in-clear" not in printed
    assert settings.secrets.secret_key.get_secret_value() not in printed


def test_secrets_that_are_set_win_over_those_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_ENCRYPTION_KEYS", "new-key, old-key")
    keys = [key.get_secret_value() for key in Settings().secrets.encryption_keys]
    assert keys == ["new-key", "old-key"]


def test_many_first_starts_at_once_agree_on_one_set_of_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(load_or_create_secrets, [tmp_path / "home"] * 16))
    assert len({secrets.secret_key.get_secret_value() for secrets in made}) == 1


def test_damaged_secrets_are_refused_and_never_replaced(tmp_path: Path) -> None:
    load_or_create_secrets(tmp_path)
    path = tmp_path / "secrets.json"
    path.write_text('{"secret_key": "half', encoding="utf-8")
    with pytest.raises(SecretsFileError, match="Restore it from a backup"):
        load_or_create_secrets(tmp_path)
    assert path.read_text(encoding="utf-8") == '{"secret_key": "half'
