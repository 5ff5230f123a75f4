"""What is done to tokens: making and revoking them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.naming import one_line
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.tokens.access import token_row
from tropeiro.web.tokens.models import Token
from tropeiro.web.tokens.secret import new_secret

LONGEST_NAME = 100
MOST = 500
"""Tokens of one organization that are not revoked."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made."""

    id: UUID
    name: str
    text: str
    """The token itself, the one time that it is known."""


def create_token(member: Member, name: str, role: Role, expires_at: datetime | None = None) -> NewToken:
    """Make a token with which a program acts as ``member``, with ``role`` at most. ``None`` never expires.

    Raises `Forbidden` (also for a role above the member's own), `InvalidInput`, and `Conflict` when there are too many.
    """
    member.require(Verb.CREATE_TOKEN)
    if not member.role.includes(role):
        raise Forbidden(
            _("Your role is %(own)s: a token of yours cannot have the role %(role)s.")
            % {"own": member.role, "role": role},
            hint=_("Choose your own role or a lower one."),
        )
    shown = one_line(name)
    if not shown or len(shown) > LONGEST_NAME:
        raise InvalidInput(
            _("A token needs a name of at most %(most)s characters.") % {"most": LONGEST_NAME},
            hint=_("Name it after the program that will use it."),
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput(_("The token would have expired already."), hint=_("Choose a later time, or none."))
    secret = new_secret()
    with tenant(member.organization):
        _hold_membership(member)
        if Token.objects.filter(organization_id=member.organization, revoked_at__isnull=True).count() >= MOST:
            raise Conflict(
                _("There are %(most)s tokens already.") % {"most": MOST}, hint=_("Revoke those that nothing uses.")
            )
        row = Token.objects.create(
            organization_id=member.organization,
            user_id=member.user,
            name=shown,
            prefix=secret.prefix,
            digest=secret.digest,
            role=role,
            expires_at=expires_at,
        )
        expires = expires_at.isoformat() if expires_at is not None else None
        record(member, Verb.CREATE_TOKEN, "token", row.id, shown, role=str(role), prefix=secret.prefix, expires=expires)
        return NewToken(row.id, shown, secret.text)


def _hold_membership(member: Member) -> None:
    """Keep the membership until the end of the transaction: whoever ends it then finds the token, and ends it too."""
    if member.user is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM tropeiro_member WHERE organization_id = %s AND user_id = %s FOR SHARE",
            [member.organization, member.user],
        )
        if cursor.rowcount == 0:
            raise Forbidden(_("You are not a member of this organization any more."))


def revoke_token(member: Member, token: UUID) -> str:
    """End a token, for good; its name. Raises `Forbidden`, `NotFound`, and `Conflict` when it is revoked already."""
    member.require(Verb.REVOKE_TOKEN)
    with tenant(member.organization):
        row = token_row(member, token)
        if row.revoked_at is not None:
            raise Conflict(_("The token is revoked already."))
        Token.objects.filter(id=row.id).update(revoked_at=timezone.now())
        record(member, Verb.REVOKE_TOKEN, "token", row.id, row.name, prefix=row.prefix)
        return str(row.name)
