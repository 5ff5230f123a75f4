"""The door to jobs: (member, id) → the job, or the same not-found for missing and forbidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.jobs.models import Job
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


def job_row(member: Member, job: UUID) -> Job:
    """The job's row. Inside a tenant's transaction. Raises `NotFound`."""
    member.require(Verb.VIEW)
    row = Job.objects.filter(organization_id=member.organization, id=job).first()
    if row is None:
        raise missing_job(job)
    return row


def missing_job(job: UUID) -> NotFound:
    """The one answer for a job that does not exist, and for one of another organization."""
    return NotFound(_("There is no job %(id)s that you can see.") % {"id": job})


def owners_of(jobs: Collection[UUID]) -> Mapping[UUID, UUID]:
    """The organizations of jobs, whoever they belong to: for telling their members apart, never for showing."""
    return dict(Job.objects.filter(id__in=list(jobs)).values_list("id", "organization_id"))
