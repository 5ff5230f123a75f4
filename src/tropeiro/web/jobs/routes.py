"""The route of a job: what it runs, compiled."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from tropeiro.kernel.packet import Route
from tropeiro.kernel.route import read_route
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.models import Route as RouteRow
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant


def route_of(member: Member, job: UUID) -> Route | None:
    """What the job runs; ``None`` when that is not kept any more. Raises `NotFound`."""
    with tenant(member.organization):
        row = job_row(member, job)
        text = (
            RouteRow.objects.filter(organization_id=member.organization, digest=row.route_digest)
            .values_list("text", flat=True)
            .first()
        )
        return None if text is None else _compiled(text)


@lru_cache(maxsize=200)
def _compiled(text: str) -> Route:
    return read_route(text.encode())
