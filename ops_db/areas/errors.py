"""What stands in the way of changing areas."""

from __future__ import annotations

from ops_db.errors import DomainError


class AreaChanged(DomainError):
    """Somebody else changed the area, or what belongs to it, since the page was shown."""

    code = "area_changed"


class AreaInUse(DomainError):
    """The area has places, or rules and processes that name it."""

    code = "area_in_use"
