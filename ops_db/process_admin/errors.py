"""What the use cases of processes refuse besides what any use case refuses."""

from __future__ import annotations

from ops_db.errors import DomainError


class ProcessInUse(DomainError):
    """New tickets would find no process if this version were retired."""

    code = "process_in_use"


class DraftExists(DomainError):
    """The process has a draft already; there is one at a time."""

    code = "draft_exists"
