"""The ticket service as a job to be killed, with what takes long to load already loaded."""

from __future__ import annotations

import datetime as dt

from core.public_holidays import china_special_days
from ticket_service.__main__ import main

__all__ = ["main"]

# The service itself does this as it starts; the holidays of all countries take it a second.
china_special_days(dt.datetime.now(dt.UTC).year)
