"""Reading how long an organization keeps its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days for which history is kept. ``None`` means as long as the operator keeps it."""

    job_days: int | None
    """Of jobs with their steps, inputs and outputs, after a job's end."""
    log_days: int | None
    """Of log lines; never longer than their job."""
    most_days: int
    """What the operator keeps for everybody, and the most that can be asked for."""
    forgotten_at: datetime | None
    """When what was too old was last forgotten; ``None`` when it never had to be."""

    @property
    def jobs(self) -> int:
        """Days for which jobs are kept."""
        return min(self.job_days or self.most_days, self.most_days)

    @property
    def logs(self) -> int:
        """Days for which lines are kept."""
        return min(self.log_days or self.jobs, self.jobs)


def retention(member: Member) -> Retention:
    """What holds for the member's organization. Raises `Forbidden`."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT job_days, log_days, forgotten_at FROM tropeiro_retention WHERE organization_id = %s",
            [member.organization],
        )
        job_days, log_days, forgotten_at = cursor.fetchone() or (None, None, None)
    return Retention(
        job_days=job_days,
        log_days=log_days,
        most_days=settings.TROPEIRO.retention_days,
        forgotten_at=forgotten_at,
    )
