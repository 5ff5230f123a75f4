"""What is done to members who are there: another role, and leaving. An organization always has an owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, Forbidden, NotFound
from tropeiro.web.accounts.models import Membership, User
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb, role_name
from tropeiro.web.tenancy import tenant
from tropeiro.web.tokens.ending import end_tokens_of


@dataclass(frozen=True, slots=True)
class Held:
    """A membership that nobody else changes before this transaction ends."""

    id: UUID
    user: int
    role: Role


def change_role(actor: Member, membership: UUID, role: Role) -> None:
    """Give a member another role. Raises `Forbidden`, `NotFound`, `Conflict` for the only owner."""
    actor.require(Verb.CHANGE_MEMBER)
    may_give(actor, role)
    with tenant(actor.organization):
        held = hold(actor)
        one = _found(held, membership)
        if one.role is role:
            return
        may_change(actor, one, to=role, held=held)
        Membership.objects.filter(id=one.id).update(role=role)
        email = _email_of(one.user)
        record(actor, Verb.CHANGE_MEMBER, "user", one.user, email, role=str(role), before=str(one.role))


def remove_member(actor: Member, membership: UUID) -> None:
    """End a membership, and the API tokens of it. What else the member made stays.

    Raises `Forbidden`, `NotFound`, `Conflict` for the only owner.
    """
    actor.require(Verb.REMOVE_MEMBER)
    with tenant(actor.organization):
        held = hold(actor)
        one = _found(held, membership)
        may_change(actor, one, to=None, held=held)
        _end(actor, one)


def leave(actor: Member) -> None:
    """End one's own membership, and the API tokens of it; everybody may. Raises `Conflict` for the only owner."""
    if actor.user is None:
        raise Forbidden(_("The command line is no member, so it cannot leave."))
    with tenant(actor.organization):
        held = hold(actor)
        own = next((one for one in held if one.user == actor.user), None)
        if own is None:
            raise NotFound(_("There is no such member."))
        _keep_an_owner(own.role, None, held)
        _end(actor, own, left=True)


def may_give(actor: Member, role: Role) -> None:
    """Raise `Forbidden` for a role above the actor's own."""
    if not actor.role.includes(role):
        raise Forbidden(
            _("Your role is %(own)s: you cannot give the role %(role)s.")
            % {"own": role_name(actor.role), "role": role_name(role)},
            hint=_("Ask an owner."),
        )


def may_change(actor: Member, one: Held, *, to: Role | None, held: Sequence[Held]) -> None:
    """Raise `Forbidden` for a member above the actor, `Conflict` where no owner would be left."""
    if not actor.role.includes(one.role):
        raise Forbidden(
            _("Your role is %(own)s: you cannot change a member whose role is %(role)s.")
            % {"own": role_name(actor.role), "role": role_name(one.role)},
            hint=_("Ask an owner."),
        )
    _keep_an_owner(one.role, to, held)


def hold(actor: Member) -> tuple[Held, ...]:
    """All memberships of the actor's organization, locked."""
    rows = Membership.objects.select_for_update().filter(organization_id=actor.organization).order_by("id")
    return tuple(Held(id_, user, Role(role)) for id_, user, role in rows.values_list("id", "user_id", "role"))


def _keep_an_owner(before: Role, to: Role | None, held: Sequence[Held]) -> None:
    owners = sum(1 for one in held if one.role is Role.OWNER)
    if before is Role.OWNER and to is not Role.OWNER and owners == 1:
        raise Conflict(
            _("An organization is never without an owner, and this is its only owner."),
            hint=_("Make somebody else an owner first."),
        )


def _found(held: Sequence[Held], membership: UUID) -> Held:
    found = next((one for one in held if one.id == membership), None)
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


def _end(actor: Member, one: Held, **details: bool) -> None:
    email = _email_of(one.user)
    tokens = end_tokens_of(actor, one.user)
    Membership.objects.filter(id=one.id).delete()
    record(actor, Verb.REMOVE_MEMBER, "user", one.user, email, before=str(one.role), tokens=tokens, **details)


def _email_of(user: int) -> str:
    return User.objects.filter(id=user).values_list("email", flat=True).first() or ""
