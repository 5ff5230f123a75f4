"""What is done to retention: it is set."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.retention.queries import retention
from tropeiro.web.tenancy import tenant

LEAST_DAYS = 1


def set_retention(member: Member, *, job_days: int | None, log_days: int | None) -> None:
    """Keep history for so many days, or as long as the operator does where ``None``.

    What is older already is forgotten within minutes, for good. Raises `Forbidden`, and `InvalidInput` whose details
    name the ``field`` that cannot be so.
    """
    member.require(Verb.SET_RETENTION)
    most = settings.TROPEIRO.retention_days
    _check("job_days", job_days, most)
    _check("log_days", log_days, min(job_days or most, most))
    with tenant(member.organization):
        before = retention(member)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tropeiro_retention AS r (organization_id, job_days, log_days)"
                " VALUES (%(organization)s, %(jobs)s, %(logs)s)"
                " ON CONFLICT (organization_id) DO UPDATE"
                " SET job_days = excluded.job_days, log_days = excluded.log_days, changed_at = now()",
                {"organization": member.organization, "jobs": job_days, "logs": log_days},
            )
        record(
            member,
            Verb.SET_RETENTION,
            "organization",
            member.organization,
            member.organization_slug,
            before={"job_days": before.job_days, "log_days": before.log_days},
            after={"job_days": job_days, "log_days": log_days},
        )


def _check(field: str, days: int | None, most: int) -> None:
    if days is not None and not LEAST_DAYS <= days <= most:
        raise InvalidInput(
            _("Write a whole number of days from %(least)s to %(most)s, or leave it empty.")
            % {"least": LEAST_DAYS, "most": most},
            details={"field": field},
        )
