"""The assets made of the clean tables: dbt's models, and the publication of a build that passed its gates.

Without news the models yield nothing, so a tick ends after looking and the published build stays.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from core.settings import get_settings
from orchestration import catalogue, stages, zones
from orchestration.catalogue import clean_key, warehouse_key
from orchestration.dbt_runner import Node
from orchestration.feed_assets import check_result

PUBLISHED: Final = dg.AssetKey([catalogue.WAREHOUSE, "published"])


def mart_assets(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """The warehouse's models and the publication; `manifest` is dbt's."""
    return [_model_assets(manifest), _published_asset(manifest)]


def _model_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="marts")
    def marts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        settings = get_settings()
        if not stages.has_news(settings):
            context.log.info("Nothing new since the published build.")
            return
        with zones.single_writer(settings):
            place = stages.new_place(settings, now=dt.datetime.now(dt.UTC), run_id=context.run.run_id)
            nodes = stages.build(settings, place)
        yield from _built(nodes, manifest, translator)

    return marts


def _built(
    nodes: Sequence[Node], manifest: Mapping[str, Any], translator: DagsterDbtTranslator
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    for node in nodes:
        if node.kind == "model" and node.passed:
            metadata = {"seconds": node.seconds} | ({"dagster/row_count": node.rows} if node.rows else {})
            yield dg.MaterializeResult(asset_key=warehouse_key(node.name), metadata=metadata)
    for node in nodes:
        key = get_asset_check_key_for_test(manifest, translator, node.unique_id, None) if node.kind == "test" else None
        if key is not None and node.status != "skipped":
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=node.passed,
                metadata={"failures": node.failures or 0, "message": node.message or ""},
            )


def _published_asset(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    models = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    spec = dg.AssetSpec(
        PUBLISHED,
        deps=[warehouse_key(model) for model in models],
        group_name=PUBLISHED.path[-1],
        description="The build that the cockpits read. Only a build that passed every gate is ever published.",
        kinds={"duckdb"},
    )
    checks = [dg.AssetCheckSpec(name, asset=PUBLISHED) for name in stages.BUILD_GATES]

    @dg.multi_asset(name="publish", specs=[spec], check_specs=checks)
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        settings = get_settings()
        place = stages.place_of_run(settings, context.run.run_id)
        gates = stages.gate_build(settings, place)
        for gate in gates:
            yield check_result(PUBLISHED, gate.gate, gate)
        with zones.single_writer(settings):
            build = stages.publish(settings, place, gates, now=dt.datetime.now(dt.UTC))
        yield dg.MaterializeResult(asset_key=PUBLISHED, metadata={"build_id": build.build_id, "path": str(build.path)})

    return publish


class Translator(DagsterDbtTranslator):
    """Says what a dbt node is called here: sources are clean tables, models belong to the warehouse."""

    def __init__(self) -> None:
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Sources are the clean tables, everything else is a table of the warehouse."""
        if dbt_resource_props["resource_type"] == "source":
            return clean_key(dbt_resource_props["name"])
        return warehouse_key(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder under models: staging, intermediate or marts."""
        folders: list[str] = dbt_resource_props["fqn"][1:-1]
        return folders[0] if folders else None
