"""The error tree. Each class carries a stable code; the docstring's first line is the default message.

::

    TropeiroError
    ├── InvalidInput            the caller sent something that cannot be used
    │   ├── DocumentInvalid     a workflow document with problems (all of them, with pointers)
    │   ├── ExpressionError     an expression that does not compile, or failed on its data
    │   ├── SchemaMismatch      a value that does not match its JSON Schema
    │   └── NotCarriable        data that a packet cannot carry
    │       └── PacketTooLarge  a packet over its size limit after large values went to the blob store
    ├── NotFound                missing, or not yours: the two look the same
    ├── Forbidden               seen, but your role may not do this
    ├── Conflict                the state of things does not allow it now
    │   ├── ProjectArchived     nothing of an archived project starts or changes
    │   └── OrganizationSuspended  nothing of a suspended organization starts
    ├── ServiceError            what a service raises to say how it failed
    └── PlatformUnavailable     Tropeiro itself cannot start or be reached
"""

from __future__ import annotations

from typing import Any

import msgspec

from tropeiro.kernel.wording import says


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a document, and where."""

    code: str
    """Stable and machine-readable, e.g. ``unknown_key``."""
    pointer: str
    """JSON Pointer (RFC 6901) into the document, ``""`` for the whole."""
    message: str
    hint: str = ""
    """What to do; empty when the message already says it."""
    line: int = 0
    """1-based line in the source text; 0 when the document did not come from text."""
    column: int = 0


class TropeiroError(Exception):
    """Something went wrong in Tropeiro."""

    code = "error"

    def __init__(self, message: str = "", *, hint: str = "", details: Any = None) -> None:
        self.message = message or (type(self).__doc__ or "").splitlines()[0]
        self.hint = hint
        self.details = details
        super().__init__(self.message)


class InvalidInput(TropeiroError):
    """The input cannot be used."""

    code = "invalid_input"


class DocumentInvalid(InvalidInput):
    """The workflow document has problems."""

    code = "document_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        first = problems[0]
        message = f"{first.pointer or '/'}: {first.message}"
        if len(problems) > 1:
            message = says("{message} (and {count} more)", message=message, count=len(problems) - 1)
        super().__init__(message, hint=first.hint)


class ExpressionError(InvalidInput):
    """The expression cannot be evaluated."""

    code = "expression_error"

    def __init__(self, message: str, *, key: str = "", column: int = 0, hint: str = "") -> None:
        self.key = key
        """JSON Pointer of the template below its step key, e.g. ``/with/property``."""
        self.column = column
        """1-based column in the string that holds the expression; 0 when unknown."""
        super().__init__(message, hint=hint)


class SchemaMismatch(InvalidInput):
    """The value does not match its schema."""

    code = "schema_mismatch"

    def __init__(self, message: str, *, pointer: str, expected: str, got: str) -> None:
        self.pointer, self.expected, self.got = pointer, expected, got
        super().__init__(message, details={"pointer": pointer, "expected": expected, "got": got})


class NotCarriable(InvalidInput):
    """The data cannot be carried in a packet."""

    code = "not_carriable"


class PacketTooLarge(NotCarriable):
    """The packet is larger than the queue carries."""

    code = "packet_too_large"


class NotFound(TropeiroError):
    """There is nothing here that you can see."""

    code = "not_found"


class Forbidden(TropeiroError):
    """Your role does not allow this."""

    code = "forbidden"


class Conflict(TropeiroError):
    """The current state does not allow this."""

    code = "conflict"


class ProjectArchived(Conflict):
    """The project is archived."""

    code = "project_archived"


class OrganizationSuspended(Conflict):
    """The organization is suspended."""

    code = "organization_suspended"


class ServiceError(TropeiroError):
    """The service failed."""

    code = "service_error"

    def __init__(self, code: str, message: str = "", *, retryable: bool = False, details: Any = None) -> None:
        super().__init__(message or code, details=details)
        self.code = code
        self.retryable = retryable


class PlatformUnavailable(TropeiroError):
    """Tropeiro cannot start or be reached."""

    code = "platform_unavailable"
