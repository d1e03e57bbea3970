"""What the use cases refuse, each with a stable code and a sentence that says what to do next.

As with the errors of the process, the sentence is a template with named gaps, so that a page can translate it.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A request that cannot be met; `code` is stable, `template` and `values` make the sentence."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, template: str, **values: object) -> None:
        """Keep the template beside the values; the message of the exception is both together."""
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


class NotSignedIn(DomainError):
    """The request carries no valid session, token or link."""

    code = "not_signed_in"


class PasswordTemporary(DomainError):
    """The account signs in with a password that somebody else gave it, and has to choose its own first."""

    code = "password_temporary"


class NotPermitted(DomainError):
    """The account is known and lacks the permission."""

    code = "not_permitted"


class NotFound(DomainError):
    """There is no such thing, or it belongs to a project the account may not see; the two look alike on purpose."""

    code = "not_found"


class VersionConflict(DomainError):
    """Somebody else changed the ticket meanwhile; `current` is what it is now."""

    code = "version_conflict"

    def __init__(self, template: str, *, current: dict[str, Any], **values: object) -> None:
        """Carry what the loser needs to go on: number, version, state, node, owner's status and the last event."""
        super().__init__(template, **values)
        self.current = current


class ReferenceUnknown(DomainError):
    """The request names a home, a defect, a colleague that does not exist."""

    code = "reference_unknown"


class InvalidInput(DomainError):
    """A value cannot be used as given."""

    code = "invalid_input"


class InvalidSignature(DomainError):
    """A message is not signed as its source signs, or too old."""

    code = "invalid_signature"


class LastAdministrator(DomainError):
    """The change would leave nobody who manages accounts and roles."""

    code = "last_administrator"


class QuotaExceeded(DomainError):
    """Too many requests of one kind; `retry_after_seconds` says when to come back."""

    code = "quota_exceeded"

    def __init__(self, template: str, *, retry_after_seconds: int, **values: object) -> None:
        """Carry the wait, for the Retry-After header."""
        super().__init__(template, retry_after_seconds=retry_after_seconds, **values)
        self.retry_after_seconds = retry_after_seconds


class SignInThrottled(QuotaExceeded):
    """Too many failed sign-ins of this login or from this address."""

    code = "sign_in_throttled"


class KeyReused(DomainError):
    """The Idempotency-Key was used before, for another request."""

    code = "idempotency_key_reused"


class KeyInFlight(DomainError):
    """The first request with this Idempotency-Key is still being answered."""

    code = "idempotency_key_in_flight"


class AttachmentTooLarge(DomainError):
    """The file has too many bytes or pixels."""

    code = "attachment_too_large"


class AttachmentRefused(DomainError):
    """The file is no picture that can be read."""

    code = "attachment_refused"


class RatingNotPossible(DomainError):
    """Nothing waits for an opinion: the repair is not finished, or it was rated."""

    code = "rating_not_possible"


class NotInstalled(DomainError):
    """Reference data is missing; `python -m ops_db seed` loads it."""

    code = "not_installed"
