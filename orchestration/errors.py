"""What can go wrong while orchestrating, as sentences with a stable code."""

from __future__ import annotations

from typing import ClassVar


class OrchestrationError(Exception):
    """Something the person at the command line can act on; the message says how."""

    code: ClassVar[str] = "orchestration_failed"
