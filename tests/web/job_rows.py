"""Rows that a worker would have written, for tests of what people see of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from web_cast import execute


def end_job(job: UUID, state: str, *, error: Any = None, output: Any = None) -> None:
    """Bring a job to its end."""
    execute(
        "UPDATE tropeiro_job SET state = %s, started_at = created_at, finished_at = now(), error = %s, output = %s"
        " WHERE id = %s",
        [state, _json(error), _json(output), job],
    )
    execute("DELETE FROM tropeiro_packet WHERE job_id = %s", [job])


def add_step(job: UUID, path: str, state: str = "succeeded", **fields: Any) -> None:
    """An attempt of a step that came to its end."""
    values: dict[str, Any] = {
        "round": 0,
        "attempt": 1,
        "n": 0,
        "uses": "house/core/set@1",
        "input": None,
        "output": None,
        "error": None,
        **fields,
    }
    for name in ("input", "output", "error"):
        values[name] = _json(values[name])
    execute(
        "INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, uses, started_at,"
        " finished_at, input, output, error)"
        " SELECT j.id, j.organization_id, %(path)s, %(round)s, %(attempt)s, %(n)s, %(state)s, %(uses)s,"
        " j.created_at, j.created_at + interval '1 second', %(input)s, %(output)s, %(error)s"
        " FROM tropeiro_job j WHERE j.id = %(job)s",
        {"job": job, "path": path, "state": state, **values},
    )


def add_line(job: UUID, message: str, *, level: int = 20, path: str = "", age: int = 60) -> None:
    """A line of the log, ``age`` seconds old."""
    execute(
        "INSERT INTO tropeiro_log (job_id, organization_id, at, level, path, message)"
        " SELECT id, organization_id, now() - %s * interval '1 second', %s, %s, %s FROM tropeiro_job WHERE id = %s",
        [age, level, path, message, job],
    )


def set_packet(job: UUID, **fields: Any) -> None:
    """Change the packet of a job that has one."""
    values = {name: _json(value) if name in ("question", "answer") else value for name, value in fields.items()}
    assignments = ", ".join(f"{name} = %({name})s" for name in values)
    execute(f"UPDATE tropeiro_packet SET {assignments} WHERE job_id = %(job)s", {"job": job, **values})


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
