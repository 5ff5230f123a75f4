"""Invitations: a link that makes one person a member, with the role that it says, until it expires.

The token is in the link alone; kept is its SHA-256 digest, so that whoever reads the database cannot use it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.actions import checked_email
from tropeiro.web.accounts.membership import may_give
from tropeiro.web.accounts.models import Invitation, Membership
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb, role_name
from tropeiro.web.tenancy import tenant

DAYS = (1, 7, 30)
"""How long an invitation may hold."""
MOST_OPEN = 500
"""So many open invitations has an organization at most."""


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation, the one time that its token is known."""

    id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """An invitation as its organization sees it."""

    id: UUID
    role: Role
    email: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    state: InvitationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An invitation as whoever holds its link sees it."""

    id: UUID
    organization: UUID
    organization_slug: str
    organization_name: str
    role: Role
    email: str
    """Whom it is for; empty when it is for whoever has the link."""
    invited_by: str
    expires_at: datetime
    state: InvitationState


def invite(actor: Member, role: Role, *, email: str = "", days: int = 7) -> Invited:
    """Make a link for one person. Raises `Forbidden`, `InvalidInput`, and `Conflict` when the person is a member."""
    actor.require(Verb.INVITE)
    may_give(actor, role)
    address = checked_email(email) if email.strip() else ""
    if days not in DAYS:
        raise InvalidInput(_("An invitation holds for 1, 7 or 30 days."))
    token = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=days)
    with tenant(actor.organization):
        if address and Membership.objects.filter(user__email=address).exists():
            raise Conflict(_("%(email)s is a member already.") % {"email": address})
        if _open_rows().count() >= MOST_OPEN:
            raise Conflict(_("There are too many open invitations."), hint=_("Revoke some first."))
        row = Invitation.objects.create(
            organization_id=actor.organization,
            role=role,
            email=address,
            token_digest=digest(token),
            invited_by=actor.label,
            expires_at=expires,
        )
        record(actor, Verb.INVITE, "invitation", row.id, address, role=str(role), days=days)
    return Invited(row.id, token, expires)


def revoke_invitation(actor: Member, invitation: UUID) -> None:
    """Let a link lead nowhere. Raises `Forbidden`, `NotFound`, and `Conflict` when somebody has accepted it."""
    actor.require(Verb.REVOKE_INVITATION)
    with tenant(actor.organization):
        row = Invitation.objects.select_for_update().filter(id=invitation).first()
        if row is None:
            raise NotFound(_("There is no such invitation."))
        if row.accepted_at is not None:
            raise Conflict(
                _("%(email)s has accepted this invitation.") % {"email": row.accepted_by},
                hint=_("Remove the member instead."),
            )
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.save(update_fields=["revoked_at"])
            record(actor, Verb.REVOKE_INVITATION, "invitation", row.id, row.email, role=row.role)


def open_invitations(member: Member) -> tuple[InvitationRow, ...]:
    """Those that nobody has accepted and nobody revoked, newest first; what is out of date is among them for a month.

    Raises `Forbidden` for who may not invite.
    """
    member.require(Verb.INVITE)
    with tenant(member.organization):
        rows = _open_rows().filter(expires_at__gt=timezone.now() - timedelta(days=30)).order_by("-id")[:MOST_OPEN]
        return tuple(
            InvitationRow(
                id=row.id,
                role=Role(row.role),
                email=row.email,
                invited_by=row.invited_by,
                created_at=row.created_at,
                expires_at=row.expires_at,
                state=_state(row),
            )
            for row in rows
        )


def offer_of_token(token: str) -> Offer | None:
    """What a link offers; ``None`` when there is no such invitation."""
    return _offer(token_digest=digest(token)) if token else None


def offer(invitation: UUID) -> Offer | None:
    """The same for an invitation whose link was seen already."""
    return _offer(id=invitation)


def accept(invitation: UUID, user: int, email: str) -> str:
    """Make the user a member. The slug of the organization.

    Raises `NotFound`, `Conflict` when the invitation does not hold any more or the user is a member already, and
    `Forbidden` when it is for somebody else.
    """
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",)).select_related("organization")
        found: Any = rows.defer("organization__data_key").filter(id=invitation).first()
        if found is None:
            raise NotFound(_("There is no such invitation."))
        state = _state(found)
        if state is not InvitationState.OPEN:
            raise Conflict(refusal(state), hint=_("Ask for a new one."))
        if found.email and found.email != email:
            raise Forbidden(
                _("This invitation is for %(invited)s; you are logged in as %(email)s.")
                % {"invited": found.email, "email": email}
            )
        role, slug = Role(found.role), str(found.organization.slug)
        joining = Member(user=user, label=email, organization=found.organization_id, organization_slug=slug, role=role)
        with tenant(found.organization_id):
            if Membership.objects.filter(organization_id=found.organization_id, user_id=user).exists():
                raise Conflict(_("You are a member of %(name)s already.") % {"name": found.organization.name})
            Membership.objects.create(organization_id=found.organization_id, user_id=user, role=role)
            Invitation.objects.filter(id=found.id).update(accepted_at=timezone.now(), accepted_by=email)
            details = {"role": str(role), "invitation": str(found.id), "invited_by": found.invited_by}
            record(joining, Verb.ADD_MEMBER, "user", user, email, **details)
    return slug


def refusal(state: InvitationState) -> str:
    """Why an invitation does not hold any more."""
    return {
        InvitationState.ACCEPTED: _("This invitation has been used."),
        InvitationState.REVOKED: _("This invitation was revoked."),
        InvitationState.EXPIRED: _("This invitation has expired."),
    }.get(state, "")


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def described(one: Offer) -> str:
    """An offer in one sentence."""
    return _("%(who)s invites you to %(organization)s as %(role)s.") % {
        "who": one.invited_by,
        "organization": one.organization_name,
        "role": role_name(one.role),
    }


def _open_rows() -> Any:
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)


def _state(row: Invitation) -> InvitationState:
    if row.accepted_at is not None:
        return InvitationState.ACCEPTED
    if row.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if row.expires_at <= timezone.now() else InvitationState.OPEN


def _offer(**which: Any) -> Offer | None:
    rows = Invitation.objects.select_related("organization").defer("organization__data_key")
    row: Any = rows.filter(**which).first()
    if row is None:
        return None
    return Offer(
        id=row.id,
        organization=row.organization_id,
        organization_slug=row.organization.slug,
        organization_name=row.organization.name,
        role=Role(row.role),
        email=row.email,
        invited_by=row.invited_by,
        expires_at=row.expires_at,
        state=_state(row),
    )
