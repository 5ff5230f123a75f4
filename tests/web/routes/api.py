"""Addresses of the API as browsers meet them: a session opens none. What tokens open stands in `test_api_routes`."""

from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, Route

NO_TOKEN = 401


def _closed(method: str, path: str) -> Route:
    return Route(
        method, path, NO_TOKEN, anonymous=NO_TOKEN, outsider=NO_TOKEN, least=None, token=False, any_method=True
    )


ROUTES = {
    "api-me": _closed("get", "/api/v1/me"),
    "api-services": _closed("get", "/api/v1/services"),
    "api-automations": _closed("get", "/api/v1/automations"),
    "api-workflows": _closed("get", "/api/v1/workflows"),
    "api-jobs": _closed("get", "/api/v1/jobs"),
    "api-job": _closed("get", "/api/v1/jobs/{api_job}"),
    "api-output": _closed("get", "/api/v1/jobs/{api_job}/output"),
    "api-steps": _closed("get", "/api/v1/jobs/{api_job}/steps"),
    "api-log": _closed("get", "/api/v1/jobs/{api_job}/log"),
    "api-questions": _closed("get", "/api/v1/jobs/{api_job}/questions"),
    "api-approve": _closed("post", "/api/v1/jobs/{api_job}/approve"),
    "api-reject": _closed("post", "/api/v1/jobs/{api_job}/reject"),
    "api-cancel": _closed("post", "/api/v1/jobs/{api_job}/cancel"),
    "api-pause": _closed("post", "/api/v1/jobs/{api_job}/pause"),
    "api-resume": _closed("post", "/api/v1/jobs/{api_job}/resume"),
    "api-retry": _closed("post", "/api/v1/jobs/{api_job}/retry"),
    "api-rerun": _closed("post", "/api/v1/jobs/{api_job}/rerun"),
    "api-openapi": Route(
        "get", "/api/v1/openapi.json", OK, anonymous=OK, outsider=OK, least=None, token=False, any_method=True
    ),
    "api-missing": _closed("get", "/api/v2/anything"),
}

STATE = "SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_job"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name: a job's id, which no session opens here."""
    return {"api_job": UUID("00000000-0000-7000-8000-000000000001")}
