"""What facts are read of."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID


class Subject(NamedTuple):
    """What facts are read of; `ticket_id` is None while a ticket is being opened."""

    ticket_id: UUID | None
    project_id: UUID
    building_id: UUID | None
    unit_id: UUID | None
    category_code: str | None
    component_code: str | None
    defect_code: str | None
    severity: str
    reported_at: dt.datetime
