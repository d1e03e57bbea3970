"""A broker for meters and lifts on loopback, for demonstrations and tests; a real installation has its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def broker(port: int) -> AsyncIterator[None]:
    """Run a broker that lets everybody on this machine in; needs the development package amqtt."""
    try:
        # A package for developers, which an installation does not have.
        from amqtt.broker import Broker  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise RuntimeError(
            "The broker needs the package amqtt. Install the development packages, or use your own."
        ) from error
    logging.getLogger("amqtt").setLevel(logging.WARNING)
    configuration = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    running = Broker(configuration)
    await running.start()
    try:
        yield
    finally:
        await running.shutdown()


async def run_broker(port: int) -> None:
    """Run the broker until this process is told to end."""
    async with broker(port):
        await asyncio.Event().wait()
