"""The ticket service as a job to be forked, with what takes long to load already loaded."""

from __future__ import annotations

import datetime as dt
import json
import os

from core.public_holidays import china_special_days
from core.settings import get_settings
from ticket_service.__main__ import main

__all__ = ["main", "serve"]

# The service itself does this as it starts; the holidays of all countries take it a second.
china_special_days(dt.datetime.now(dt.UTC).year)


def serve(environment: str) -> None:
    """Serve with these variables of the environment, as JSON, and no others."""
    os.environ.clear()
    os.environ.update(json.loads(environment))
    get_settings.cache_clear()
    main()
