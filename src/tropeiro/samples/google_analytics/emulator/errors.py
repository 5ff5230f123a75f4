"""Errors as the API writes them: ``{"error": {"code", "message", "status", "details"}}``."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""Names of ``google.rpc.Code`` for the HTTP statuses that the emulator answers with."""

SCHEMA_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
PROPERTY_PAGE = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"


class ApiError(Exception):
    """An answer other than 200."""

    def __init__(self, code: int, message: str = "", details: list[dict[str, Any]] | None = None) -> None:
        self.code = code
        self.message = message or HTTPStatus(code).phrase
        self.details = details or []
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer; ``details`` only when there are some."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": STATUSES[self.code]}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def bad_fields(violations: list[tuple[str, str]]) -> ApiError:
    """400 for a request body that does not fit its schema; ``violations`` are (field path, description)."""
    fields = [{"field": field, "description": text} if field else {"description": text} for field, text in violations]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}
    return ApiError(400, "\n".join(text for _, text in violations), [detail])


def permission_denied() -> ApiError:
    """403: the property does not exist or is somebody else's; the API does not tell which."""
    return ApiError(
        403,
        "User does not have sufficient permissions for this property. "
        f"To learn more about Property ID, see {PROPERTY_PAGE}.",
    )
