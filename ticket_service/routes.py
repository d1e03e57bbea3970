"""The route class of the service: a transaction that lost a deadlock is tried again before anybody hears of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError

_TRIES: Final = 3
_LONGEST_WAIT_SECONDS: Final = 0.05
_LOST_TO_ANOTHER: Final = frozenset({"40001", "40P01"})


class RetryingRoute(APIRoute):
    """Repeats a request whose transaction Postgres sacrificed: everything of it was rolled back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, tried up to three times with a little random wait."""
        handle = super().get_route_handler()

        async def handle_with_retries(request: Request) -> Response:
            for _ in range(_TRIES - 1):
                try:
                    return await handle(request)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _LOST_TO_ANOTHER:
                        raise
                await asyncio.sleep(random.uniform(0, _LONGEST_WAIT_SECONDS))  # noqa: S311  Spreads, protects nothing.
            return await handle(request)

        return handle_with_retries
