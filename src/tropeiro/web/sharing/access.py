"""The door to links: (member, id) → a link of the own organization; and a token → the workflow that it opens.

Unknown, revoked, expired, and a link whose workflow was removed: all look the same.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place
from tropeiro.web.sharing.models import Link, Purpose

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# The one statement that looks past tenants: it tells only what the link is for.
_OPENED = """
SELECT l.id, l.organization_id, o.slug, w.id, w.name, w.project_id, p.slug, l.version
FROM tropeiro_workflow_link l
JOIN tropeiro_organization o ON o.id = l.organization_id
JOIN tropeiro_workflow w ON w.id = l.workflow_id AND w.removed_at IS NULL AND NOT w.automation
LEFT JOIN tropeiro_project p ON p.id = w.project_id
WHERE l.purpose = %(purpose)s AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now())
    AND (l.digest = %(digest)s OR l.id = %(id)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link leads to: for the code that shows it, not for whoever has the link."""

    link: UUID
    organization: UUID
    organization_slug: str
    workflow: UUID
    name: str
    project_id: UUID | None
    project: str | None
    version: int | None
    """``None`` for always the newest."""

    @property
    def home(self) -> Place:
        """Where the workflow stands."""
        return Place(self.organization_slug, self.project, self.project_id)


def new_token() -> tuple[str, bytes]:
    """A token that nobody has, and what is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, _digest(token)


def opened_by_token(token: str, purpose: Purpose) -> Opened:
    """What a token opens. Outside a tenant's transaction. Raises `NotFound`."""
    if not _TOKEN.fullmatch(token):
        raise no_link()
    return _opened(purpose, digest=_digest(token))


def opened_by_id(link: UUID) -> Opened:
    """What a link for copying opens to who followed it before. Raises `NotFound`."""
    return _opened(Purpose.COPY, id=link)


def link_row(member: Member, link: UUID) -> Any:
    """The row of a link of the member's organization, locked. Inside a tenant's transaction. Raises `NotFound`."""
    member.require(Verb.REVOKE_LINK)
    rows = Link.objects.filter(organization_id=member.organization, id=link).defer("digest")
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise NotFound(_("There is no link %(id)s that you can see.") % {"id": link})
    return row


def no_link() -> NotFound:
    """The one answer for whatever opens nothing."""
    return NotFound(_("There is no such link."), hint=_("Ask whoever gave it to you for a new one."))


def _opened(purpose: Purpose, **which: Any) -> Opened:
    with connection.cursor() as cursor:
        cursor.execute(_OPENED, {"purpose": purpose.value, "digest": None, "id": None, **which})
        row = cursor.fetchone()
    if row is None:
        raise no_link()
    link, organization, slug, workflow, name, project_id, project, version = row
    return Opened(
        link=link,
        organization=organization,
        organization_slug=slug,
        workflow=workflow,
        name=name,
        project_id=project_id,
        project=project,
        version=version,
    )


def _digest(token: str) -> bytes:
    # Nobody guesses 256 random bits, so a slow hash would protect nothing more.
    return sha256(token.encode()).digest()
