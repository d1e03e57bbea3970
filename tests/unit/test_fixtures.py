"""The shared fixtures themselves: a test's database is migrated, its own, and gone afterwards."""

import psycopg
import pytest
from playwright.sync_api import Browser


def _connect(database_url: str) -> psycopg.Connection:
    return psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://"))


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_a_migrated_database_of_its_own(database_url: str, attempt: int) -> None:
    with _connect(database_url) as connection:
        connection.execute("create table left_by_a_test ()")
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'ops'").fetchone()
    assert tables is not None
    assert tables[0] > 10, attempt


def test_the_application_is_no_superuser(database_url: str) -> None:
    with _connect(database_url) as connection:
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)


@pytest.mark.browser
def test_the_browser_runs_the_scripts_of_a_page(chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    page.set_content("<p></p><script>document.querySelector('p').textContent = navigator.language</script>")
    assert page.inner_text("p") == "zh-CN"
    context.close()
