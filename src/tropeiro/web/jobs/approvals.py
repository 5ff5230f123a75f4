"""Questions that a job waits to have answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.models import Packet
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

MOST = 50


@dataclass(frozen=True, slots=True)
class Approval:
    """One question."""

    path: str
    title: str
    form: Any
    """JSON Schema of the answer; ``None`` asks only for a yes."""
    assignees: tuple[str, ...]
    """E-mail addresses or roles; empty means every member who may approve."""
    due_at: datetime | None

    def is_for(self, member: Member) -> bool:
        """Whether ``member`` is one of those who are asked. Who holds the machine's keys may always answer."""
        return (
            member.user is None
            or not self.assignees
            or member.label in self.assignees
            or str(member.role) in self.assignees
        )


def approvals(member: Member, job: UUID, *, path: str | None = None) -> tuple[Approval, ...]:
    """What the job waits for, the oldest first, at most fifty; at one path when it is named. Raises `NotFound`."""
    with tenant(member.organization):
        job_row(member, job)
        rows = Packet.objects.filter(
            organization_id=member.organization, job_id=job, state="waiting", wait_kind="approval"
        ).order_by("id")
        if path is not None:
            rows = rows.filter(path=path)
        return tuple(
            Approval(path, str(question["title"]), question["form"], tuple(question["assignees"]), due_at)
            for path, question, due_at in rows.values_list("path", "question", "due_at")[:MOST]
        )
