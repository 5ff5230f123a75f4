"""Tokens end with the membership of who made them: somebody who comes back makes new ones."""

from __future__ import annotations

from django.utils import timezone

from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tokens.models import Token


def end_tokens_of(actor: Member, user: int) -> int:
    """Revoke what the user made in the actor's organization; how many that were. Inside a tenant's transaction.

    For who ends the membership in the same transaction, and has locked it: a token of it is made before, or never.
    """
    rows = list(
        Token.objects.select_for_update(of=("self",))
        .filter(organization_id=actor.organization, user_id=user, revoked_at__isnull=True)
        .only("id", "name", "prefix")
        .order_by("id")
    )
    Token.objects.filter(id__in=[row.id for row in rows]).update(revoked_at=timezone.now())
    for row in rows:
        record(actor, Verb.REVOKE_TOKEN, "token", row.id, row.name, prefix=row.prefix, membership_ended=True)
    return len(rows)
