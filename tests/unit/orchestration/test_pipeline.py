"""The whole way, on the demo estate: what was filed is landed, built, gated, published and asked for."""

from __future__ import annotations

import json

import psycopg
import pytest
from dagster import AssetKey
from typer.testing import CliRunner

from core import measures, warehouse
from core.measures import Condition
from core.settings import Settings, get_settings
from demo.walks import WALKS
from ingestion.sources import SOURCES
from orchestration import catalogue, stages, zones
from orchestration.attempts import last_attempt
from orchestration.command import app
from orchestration.definitions import PIPELINE, build_definitions
from transforms.catalogue import CLEAN_TABLES


def tickets_filed(installation: Settings) -> int:
    assert installation.database_url is not None
    address = installation.database_url.get_secret_value().replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address) as connection:
        row = connection.execute("select count(*) from ops.ticket").fetchone()
    assert row is not None
    return int(row[0])


def test_every_ticket_that_was_filed_is_counted(installation: Settings) -> None:
    counted = measures.query(installation, ["ticket_count"]).one()["ticket_count"]

    assert counted == tickets_filed(installation) == 8_000 + len(WALKS)


def test_the_list_behind_a_figure_is_as_long_as_the_figure(installation: Settings) -> None:
    by_project = measures.query(installation, ["ticket_count"], ["project"]).records()

    assert len(by_project) > 1
    for row in by_project:
        behind = measures.drill(installation, "ticket_count", [Condition("project", "eq", row["project"])], limit=5)
        assert behind.row_count == row["ticket_count"]
        assert len(behind.rows) == min(5, row["ticket_count"])


def test_between_raw_and_clean_no_row_of_the_estate_is_lost(installation: Settings) -> None:
    assert zones.clean_reject_counts(installation) == []


def test_every_gate_was_asked_before_the_build_was_published(installation: Settings) -> None:
    attempt = last_attempt(installation)
    build = warehouse.require_build(installation)

    assert attempt is not None
    assert attempt["is_published"]
    assert attempt["build_id"] == build.build_id
    assert [gate["gate"] for gate in attempt["gates"]] == list(stages.BUILD_GATES)
    assert all(gate["passed"] and gate["checked_count"] for gate in attempt["gates"])


def test_without_news_there_is_nothing_to_build(installation: Settings) -> None:
    assert not zones.is_stale(installation)
    assert not stages.has_news(installation)


def test_every_table_is_an_asset_that_follows_what_it_is_made_from(installation: Settings) -> None:
    graph = build_definitions(installation).resolve_job_def(PIPELINE).asset_layer.asset_graph
    keys = graph.get_all_asset_keys()

    raw = {catalogue.raw_key(entity) for source in SOURCES for entity in catalogue.entities(source)}
    clean = {catalogue.clean_key(table) for table in CLEAN_TABLES}
    marts = {catalogue.warehouse_key(name) for name in ("fct_tickets", "fct_costs", "dim_homes", "stg_ops__tickets")}
    assert raw | clean | marts | {AssetKey(["warehouse", "published"])} <= keys
    assert catalogue.raw_key("ops__ticket") in graph.get(catalogue.clean_key("ops__ticket")).parent_keys
    assert catalogue.clean_key("ops__ticket") in graph.get(catalogue.warehouse_key("stg_ops__tickets")).parent_keys


def test_a_figure_and_its_rows_come_out_of_the_command_line(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJU_HOME", str(installation.home))
    get_settings.cache_clear()
    arguments = ["metrics", "query", "--metrics", "reopen_rate", "--json"]
    figure = CliRunner().invoke(app, arguments)
    behind = CliRunner().invoke(app, [*arguments, "--drill", "--limit", "3"])
    get_settings.cache_clear()

    numerator = json.loads(figure.output)["rows"][0]["reopen_rate__numerator"]
    assert json.loads(behind.output)["row_count"] == numerator > 0
