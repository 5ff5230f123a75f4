"""What is done to links: making and revoking them, and copying a workflow by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.sharing.access import link_row, new_token, no_link
from tropeiro.web.sharing.models import Link, Purpose
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import version_of, workflow_row
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.drafts import begin_draft

LONGEST_NOTE = 100
MOST = 200
"""Links of one workflow that are not revoked."""
VERB = {Purpose.COPY: Verb.SHARE_WORKFLOW, Purpose.EMBED: Verb.EMBED_WORKFLOW}

_USED = """
UPDATE tropeiro_workflow_link SET uses = uses + 1, last_used_at = now()
WHERE id = %s AND purpose = 'copy' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made."""

    id: UUID
    purpose: Purpose
    token: str
    """The token itself, the one time that it is known."""
    expires_at: datetime | None


def make_link(
    member: Member,
    workflow: UUID,
    purpose: Purpose,
    *,
    version: int | None = None,
    note: str = "",
    expires_at: datetime | None = None,
) -> NewLink:
    """Make a link to a workflow: to ``version`` of it, or always to the newest; ``None`` never expires.

    Raises `Forbidden`, `NotFound` (the workflow, the version), `InvalidInput`, and `Conflict` for an automation, whose
    inside is nobody else's business, and when there are too many links.
    """
    member.require(VERB[purpose])
    shown = " ".join(note.split())
    if len(shown) > LONGEST_NOTE:
        raise InvalidInput(_("Say in at most %(most)s characters for whom it is.") % {"most": LONGEST_NOTE})
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput(_("The link would have expired already."), hint=_("Choose a later time, or none."))
    if version is not None and purpose is Purpose.EMBED:
        raise InvalidInput(_("An embedded diagram always shows the last run."))
    token, digest = new_token()
    with tenant(member.organization):
        row = workflow_row(member, workflow, lock=True)
        if row.automation:
            raise Conflict(
                _("The inside of an automation service is not shared by links."),
                hint=_("Copy it as a workflow first, and share that one."),
            )
        if version is not None:
            version_of(member, workflow, version)
        if Link.objects.filter(workflow_id=row.id, revoked_at__isnull=True).count() >= MOST:
            raise Conflict(_("The workflow has %(most)s links already.") % {"most": MOST}, hint=_("Revoke some first."))
        link = Link.objects.create(
            organization_id=member.organization,
            workflow_id=row.id,
            purpose=purpose,
            version=version,
            note=shown,
            digest=digest,
            created_by=member.label,
            expires_at=expires_at,
        )
        expires = expires_at.isoformat() if expires_at is not None else None
        record(
            member, VERB[purpose], "workflow", row.id, row.name, link=str(link.id), version=version, note=shown,
            expires=expires,
        )  # fmt: skip
        return NewLink(link.id, purpose, token, expires_at)


def revoke_link(member: Member, workflow: UUID, link: UUID) -> Purpose:
    """Let a link of a workflow lead nowhere, for good.

    Raises `Forbidden`, `NotFound`, and `Conflict` when it is revoked already.
    """
    member.require(Verb.REVOKE_LINK)
    with tenant(member.organization):
        owner = workflow_row(member, workflow, removed=True)
        row = link_row(member, link)
        if row.workflow_id != owner.id:
            raise no_link()
        if row.revoked_at is not None:
            raise Conflict(_("The link is revoked already."))
        Link.objects.filter(id=row.id).update(revoked_at=timezone.now())
        record(member, Verb.REVOKE_LINK, "workflow", owner.id, owner.name, link=str(link), purpose=row.purpose)
        return Purpose(row.purpose)


def copy_by_link(
    link: UUID, target: Member, name: str, text: str, project: str | None = None, *, draft: bool = False
) -> UUID:
    """Save ``text``, a copy of what the link opens, as a new workflow of the target's organization; its id.

    As a ``draft`` it may also call what it cannot reach there: that is mended before it is published. Raises
    `Forbidden`, `NotFound` (also for a link that was revoked meanwhile), `InvalidInput` (the name), `DocumentInvalid`,
    and `Conflict` when the name is taken.
    """
    target.require(Verb.SAVE_WORKFLOW)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Before the copy, so that the link cannot be revoked between the two: the row is locked until the end.
            cursor.execute(_USED, [link])
            if cursor.rowcount == 0:
                raise no_link()
        with tenant(target.organization):
            if draft:
                workflow = begin_draft(target, name, project, text)
            else:
                workflow = save_workflow(target, name, text, project, message=_("Copied by a link"), base=0).workflow
            # Whose workflow it was is not told, nor to them who copied it.
            record(target, Verb.COPY_WORKFLOW, "workflow", workflow, name, link=str(link), draft=draft)
        return workflow
