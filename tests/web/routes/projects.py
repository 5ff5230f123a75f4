from __future__ import annotations

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import create_project

PROJECT = "walked-through"

ROUTES = {
    "projects": Route("get", "/projects", OK, outsider=OK),
    "project-new": Route("get", "/projects/-/new", OK, outsider=OK, least=Role.EDITOR, form=True),
    "project": Route("get", "/projects/{project}", OK),
    "project-automations": Route("get", "/projects/{project}/automations", OK),
    "project-services": Route("get", "/projects/{project}/services", OK),
    "project-workflows": Route("get", "/projects/{project}/workflows", OK),
    "project-jobs": Route("get", "/projects/{project}/jobs", OK),
    "project-members": Route("get", "/projects/{project}/members", OK),
    "project-credentials": Route("get", "/projects/{project}/credentials", OK),
    "project-triggers": Route("get", "/projects/{project}/triggers", OK),
    "project-settings": Route("get", "/projects/{project}/settings", OK, form=True),
    "project-archive": Route("post", "/projects/{project}/archive", REDIRECT, least=Role.ADMIN),
    "project-restore": Route("post", "/projects/{project}/restore", REDIRECT, least=Role.ADMIN),
    "project-delete": Route("get", "/projects/{project}/delete", OK, least=Role.ADMIN, form=True),
}

STATE = "SELECT string_agg(slug || coalesce(archived_at::text, ''), ',' ORDER BY id) FROM tropeiro_project"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, str]:
    """One of everything that these addresses can name, of Alice's organization."""
    create_project(cast.alice, PROJECT)
    return {"project": PROJECT}
