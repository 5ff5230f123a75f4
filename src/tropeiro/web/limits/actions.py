"""What is done to limits: they are set and removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import InvalidInput, NotFound, Problem
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.sql import statement
from tropeiro.web.audit.actions import record
from tropeiro.web.limits.queries import limit
from tropeiro.web.limits.wanted import Wanted
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place, place
from tropeiro.web.services.resolving import resolve
from tropeiro.web.tenancy import tenant


def set_limit(member: Member, wanted: Wanted) -> UUID:
    """Set a limit, or change the numbers of the one that there is for the same. It holds at once, also for what waits.

    A limit for a service of the organization's own counts the calls of everybody together; one for another's counts
    those of the organization. Raises `Forbidden`, `NotFound` (service, project), `InvalidInput`.
    """
    member.require(Verb.SET_LIMIT)
    wanted.check()
    with tenant(member.organization):
        subject, everyone = _subject(member, wanted)
        rate = wanted.rate
        params: dict[str, Any] = {
            "id": uuid7(), "organization": member.organization, "kind": wanted.kind.value, "subject": subject,
            "everyone": everyone, "project": place(member, wanted.project).project_id,
            "concurrency": wanted.concurrency, "calls": rate and rate.calls, "period_ms": rate and rate.period_ms,
            "burst": rate and rate.burst,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(statement("limits", "set_limit"), params)
            id_: UUID = cursor.fetchone()[0]
        record(
            member, Verb.SET_LIMIT, "limit", id_, subject or member.organization_slug, kind=wanted.kind.value,
            project=wanted.project, concurrency=wanted.concurrency, rate=rate and str(rate), burst=rate and rate.burst,
        )  # fmt: skip
        return id_


def remove_limit(member: Member, id_: UUID) -> None:
    """Limit no longer; what waits for it begins. Raises `Forbidden`, `NotFound`."""
    member.require(Verb.REMOVE_LIMIT)
    with tenant(member.organization):
        row = limit(member, id_)
        with connection.cursor() as cursor:
            cursor.execute(statement("limits", "remove_limit"), {"id": id_})
        record(
            member, Verb.REMOVE_LIMIT, "limit", id_, row.subject or member.organization_slug, kind=row.kind.value,
            project=row.project,
        )  # fmt: skip


def _subject(member: Member, wanted: Wanted) -> tuple[str, bool]:
    """What the limit is for, in full, and whether everybody's calls count."""
    if wanted.kind is not LimitKind.SERVICE:
        return wanted.subject, False
    ref = parse_service_ref(wanted.subject)
    if ref.version is not None:
        raise InvalidInput(
            _("A limit holds for all versions of a service."),
            hint=_("Leave out @%(version)s.") % {"version": ref.version},
        )
    where = Place(member.organization_slug)
    if ref.project is not None and ref.organization in (None, member.organization_slug):
        try:
            # Its own project's private services may be limited too.
            where = place(member, ref.project)
        except NotFound:
            where = Place(member.organization_slug)
    found = resolve(where, [ref])[ref]
    if isinstance(found, Problem):
        raise NotFound(found.message, hint=found.hint)
    return found.uses.partition("@")[0], found.organization == member.organization
