"""Pages of operators, as members meet them, whatever their role: like addresses that do not exist."""

from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import MISSING, Route


def _hidden(path: str) -> Route:
    return Route("get", path, MISSING, outsider=MISSING, least=None)


ROUTES = {
    "workers": _hidden("/operator/workers"),
    "worker-events": Route("get", "/operator/workers/events", MISSING, anonymous=401, least=None, stream=True),
    "queues": _hidden("/operator/queues"),
    "queue": _hidden("/operator/queues/acme"),
    "operator-organizations": _hidden("/operator/organizations"),
    "organization-suspend": Route(
        "post", "/operator/organizations/acme/suspend", MISSING, outsider=MISSING, least=None, data=(("reason", "r"),)
    ),
    "organization-resume": Route("post", "/operator/organizations/acme/resume", MISSING, outsider=MISSING, least=None),
    "operator-users": _hidden("/operator/users"),
    "user-password": Route("post", "/operator/users/1/password", MISSING, outsider=MISSING, least=None),
    "user-second-step": Route("post", "/operator/users/1/second-step", MISSING, outsider=MISSING, least=None),
    "user-deactivate": Route("post", "/operator/users/1/deactivate", MISSING, outsider=MISSING, least=None),
    "user-activate": Route("post", "/operator/users/1/activate", MISSING, outsider=MISSING, least=None),
    "operator-signup": Route("get", "/operator/signup", MISSING, outsider=MISSING, least=None, form=True),
}

STATE = "SELECT (SELECT count(*) FROM tropeiro_organization), (SELECT count(*) FROM tropeiro_suspension)"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
