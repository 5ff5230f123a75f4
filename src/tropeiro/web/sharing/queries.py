"""Reading links, and what they show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone

from tropeiro.kernel.pinning import envelope_of
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.sharing.access import Opened, no_link
from tropeiro.web.sharing.models import Link, Purpose
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import workflow_row
from tropeiro.web.workflows.copying import Carried, carried_text

MOST = 400
"""Links that a list shows, those that open something first."""

_DOCUMENT = """
SELECT v.version, v.document FROM tropeiro_workflow_version v
WHERE v.workflow_id = %(workflow)s AND (%(version)s::int IS NULL OR v.version = %(version)s::int)
ORDER BY v.version DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link as its organization sees it."""

    id: UUID
    purpose: Purpose
    version: int | None
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    uses: int
    last_used_at: datetime | None
    expired: bool

    @property
    def works(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and not self.expired


@dataclass(frozen=True, slots=True)
class Shared:
    """A workflow as whoever has the link sees it before a copy is made."""

    name: str
    description: str
    version: int
    carried: Carried


def list_links(member: Member, workflow: UUID) -> tuple[LinkRow, ...]:
    """The links of a workflow, those that open something first, then the newest. Raises `Forbidden`, `NotFound`."""
    member.require(Verb.SHARE_WORKFLOW)
    with tenant(member.organization):
        row = workflow_row(member, workflow, removed=True)
        links: Any = Link.objects.filter(workflow_id=row.id).defer("digest").order_by("-id")[:MOST]
        now = timezone.now()
        found = [_row(link, now) for link in links]
    return tuple(sorted(found, key=lambda one: not one.works))


def shared_workflow(opened: Opened, target: Member) -> Shared:
    """What a link for copying shows, with the services named as ``target`` calls them. Raises `NotFound`."""
    with tenant(opened.organization), connection.cursor() as cursor:
        cursor.execute(_DOCUMENT, {"workflow": opened.workflow, "version": opened.version})
        row = cursor.fetchone()
        if row is None:
            raise no_link()
        version, document = row
        carried = carried_text(opened.home, document, target, hide_private=True)
    # The version's own: what newer ones say is not shared by a link to this one.
    description = envelope_of(msgspec.json.decode(carried.text)).get("description", "")
    return Shared(opened.name, description, version, carried)


def _row(link: Link, now: datetime) -> LinkRow:
    return LinkRow(
        id=link.id,
        purpose=Purpose(link.purpose),
        version=link.version,
        note=link.note,
        created_by=link.created_by,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        uses=link.uses,
        last_used_at=link.last_used_at,
        expired=link.expires_at is not None and link.expires_at <= now,
    )
