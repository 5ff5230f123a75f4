"""Staying with a job until it ends."""

from __future__ import annotations

import threading
from uuid import UUID

from tropeiro.cli.progress import View
from tropeiro.kernel.workflow import Workflow
from tropeiro.platform.notifications import listening
from tropeiro.web.jobs.logs import read_on
from tropeiro.web.jobs.queries import JobDetails, job
from tropeiro.web.jobs.steps import steps
from tropeiro.web.member import Member

CHANNEL = "tropeiro_job"
LOOK_SECONDS = 1.0
"""How often to look without having been told."""


def follow(
    member: Member,
    id: UUID,  # noqa: A002 - the word that the queries use
    *,
    url: str,
    view: View,
    workflow: Workflow | None = None,
    stop: threading.Event | None = None,
) -> JobDetails:
    """Show a job in ``view`` until it ends, or ``stop`` is set; how it stood then. ``url`` is the database's."""
    seen = 0
    with listening(url, CHANNEL) as ear:
        while True:
            found = job(member, id)
            lines = read_on(member, id, after=seen, level="warning")
            view.show(found, steps(member, id, workflow=workflow), lines.lines)
            seen = lines.lines[-1].id if lines.lines else seen
            if (found.final and not lines.more) or (stop is not None and stop.is_set()):
                return found
            ear.wait(LOOK_SECONDS)
