"""Opening a visit: what a page has to know, put together from the account, the build and the address."""

from __future__ import annotations

from collections.abc import Mapping

from core import measures
from core.language import Language
from core.settings import Settings
from core.warehouse import Build
from dashboards import filters, periods, queries
from dashboards.sign_on import Account
from dashboards.visit import Visit


def open_visit(
    settings: Settings,
    build: Build,
    account: Account,
    language: Language,
    query: Mapping[str, list[str]],
    *,
    default_period: str = periods.DEFAULT,
    asked_language: Language | None = None,
) -> Visit:
    """The visit of `account` to a page asked for with `query`; whatever the query may not name is left out."""
    today = build.data_as_of.astimezone(settings.zone).date()
    names = queries.names(build.build_id, account.project_scope, build)
    return Visit(
        settings=settings,
        account=account,
        language=language,
        build=build,
        measures={measure.name: measure for measure in measures.catalogue(settings)},
        names=names,
        filters=filters.read(query, allowed=names.allowed(), today=today, default_period=default_period),
        today=today,
        asked_language=asked_language,
    )
