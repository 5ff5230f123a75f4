"""What is wanted of lines as a condition in SQL, on ``tropeiro_log l``. Values go as parameters."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.logs.wanted import Term, Wanted

_LEVEL_NAMES = {**LEVELS, "warn": LEVELS["warning"], "err": LEVELS["error"]}
_OF_JOB = "EXISTS (SELECT FROM tropeiro_job j WHERE j.id = l.job_id AND {})"
_PROJECT = (
    "j.project_id = (SELECT p.id FROM tropeiro_project p WHERE p.organization_id = %(organization)s AND p.slug {})"
)

# A service's lines name it in full, with the version behind.
_SAID_BY = """SELECT replace(o.slug || '/' || p.slug || '/' || s.name, '_', '\\_') || '@%%' FROM tropeiro_service s
JOIN tropeiro_project p ON p.id = s.project_id JOIN tropeiro_organization o ON o.id = s.organization_id
WHERE s.id = %(chosen_service)s"""
_STARTED_OF = _OF_JOB.format(
    "j.service_version_id IN (SELECT v.id FROM tropeiro_service_version v WHERE v.service_id = %(chosen_service)s)"
)
_CHOSEN = {
    "project": _OF_JOB.format("j.project_id = %(chosen_project)s"),
    "workflow": _OF_JOB.format(
        "j.workflow_version_id IN"
        " (SELECT v.id FROM tropeiro_workflow_version v WHERE v.workflow_id = %(chosen_workflow)s)"
    ),
    "service": f"(l.uses LIKE ({_SAID_BY}) OR {_STARTED_OF})",
}
"""Conditions on what was chosen from a menu, by its name in `Wanted`."""


def condition(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """A condition beside organization and time, and its parameters by name."""
    terms = list(wanted.terms)
    parts: list[str] = []
    params: dict[str, Any] = {}
    if wanted.level:
        params["least_level"] = LEVELS[wanted.level]
        parts.append("l.level >= %(least_level)s")
    if wanted.job is not None:
        terms.append(Term("job", str(wanted.job)))
    if wanted.worker:
        terms.append(Term("worker", wanted.worker))
    if wanted.projectless:
        parts.append(_OF_JOB.format("j.project_id IS NULL"))
    for name, sql in _CHOSEN.items():
        if getattr(wanted, name) is not None:
            params[f"chosen_{name}"] = getattr(wanted, name)
            parts.append(sql)
    for number, term in enumerate(terms):
        sql = _term(term, f"t{number}", params)
        parts.append(f"NOT coalesce({sql}, false)" if term.negated else f"({sql})")
    return " AND ".join(parts) or "true", params


def _term(term: Term, key: str, params: dict[str, Any]) -> str:
    name, value = term.name, term.value
    if name == "level":
        params[key] = _LEVEL_NAMES.get(value.lower(), -1)
        return f"l.level = %({key})s"
    if name == "job":
        params[key] = _uuid(value)
        return f"l.job_id = %({key})s"
    if name in ("", "message"):
        params[key] = f"%{_pattern(term)}%"
        everywhere = f" OR l.fields::text ILIKE %({key})s OR l.path ILIKE %({key})s" if not name else ""
        return f"l.message ILIKE %({key})s{everywhere}"
    if name == "service":
        params[key] = f"%/{_pattern(term)}@%"
        return f"('/' || l.uses || '@') ILIKE %({key})s"
    params[key] = _pattern(term)
    like = f"ILIKE %({key})s"
    match name:
        case "step":
            return f"l.path {like}"
        case "worker":
            return f"l.worker {like}"
        case "project":
            return _OF_JOB.format(_PROJECT.format(like))
        case "automation":
            return _OF_JOB.format(f"j.name {like}")
    params[f"{key}_name"] = name
    params[f"{key}_path"] = name.split(".")
    return f"coalesce(l.fields ->> %({key}_name)s, l.fields #>> %({key}_path)s::text[]) {like}"


def _pattern(term: Term) -> str:
    """A term's value as a pattern of LIKE."""
    escaped = re.sub(r"([%_\\])", r"\\\1", term.value)
    return escaped.replace("*", "%") if term.stars else escaped


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
