"""`python -m ticket_service`: serves on the address and port of the settings."""

from __future__ import annotations

import uvicorn

from core.settings import get_settings
from ticket_service.app import create_app


def main() -> None:
    """Serve until told to stop."""
    settings = get_settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.service_port,
        log_level=settings.log_level.lower(),
        server_header=False,
        # Addresses hold the tokens of owners' links and the numbers that were searched for.
        access_log=False,
    )


if __name__ == "__main__":
    main()
