"""The service put together: routes, what every request passes, and what stands in the way of starting."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from core.public_holidays import china_special_days
from core.settings import Settings
from ops_db.engine import service_engine
from ops_db.personal_data import PersonalData
from ops_db.server import database_url
from ticket_service import problems
from ticket_service.api import (
    answers,
    areas,
    clock,
    conversation,
    costs,
    description,
    dispatch,
    estate,
    forms,
    health,
    hooks,
    material,
    owners,
    process_trials,
    processes,
    sessions,
    tickets,
    waiting,
)
from ticket_service.dependencies import Service
from ticket_service.pages import errors
from ticket_service.pages import installing as pages
from ticket_service.policies import Open, require_policies
from ticket_service.security import SameOrigin, SecurityHeaders

_LARGEST_BODY: Final = 256 * 1024
_MEGABYTE: Final = 1024 * 1024
_API_ROUTERS: Final = (
    hooks.router,
    sessions.router,
    tickets.router,
    conversation.router,
    answers.router,
    costs.router,
    material.router,
    dispatch.router,
    dispatch.rule_router,
    clock.router,
    clock.house_router,
    owners.router,
    estate.router,
    areas.router,
    forms.router,
    process_trials.router,
    processes.router,
    processes.rule_router,
    waiting.router,
)
_UPLOAD_ROUTERS: Final = (conversation.uploads, owners.uploads)


def create_app(settings: Settings) -> FastAPI:
    """The service for one installation; raises PolicyMissing when a route does not say who may use it."""
    engine = service_engine(database_url(settings))
    service = Service(settings, engine, PersonalData.of(settings))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Loading the holidays of all countries takes a second, which the first ticket of the day should not wait for.
        await asyncio.to_thread(china_special_days, dt.datetime.now(dt.UTC).year)
        yield
        await app.state.service.engine.dispose()

    app = FastAPI(
        title="Anju ticket service",
        version="1",
        lifespan=lifespan,
        # The interactive pages would load scripts from a content network.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=description.operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    problems.install(app)
    app.include_router(_api(app, largest_upload=(settings.attachment_megabytes + 1) * _MEGABYTE))
    app.include_router(health.router)
    pages.install(app)
    # The last one added is the first a request meets.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=_LARGEST_BODY)
    app.add_middleware(problems.TooLargeAsProblem, page=errors.too_large)
    app.add_middleware(SameOrigin, public_url=settings.service_url)
    app.add_middleware(SecurityHeaders, is_https=settings.service_url.startswith("https://"))
    require_policies(app)
    return app


def _api(app: FastAPI, *, largest_upload: int) -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    for router in _API_ROUTERS:
        api.include_router(router)
    for router in _UPLOAD_ROUTERS:
        api.include_router(router, max_body_size=largest_upload)
    policy = Depends(Open("It describes and discloses nothing."))

    @api.get("/openapi.json", include_in_schema=False, dependencies=[policy])
    async def openapi() -> dict[str, Any]:
        """The description of this API."""
        return description.describe(app)

    return api
