"""Reading who belongs to an organization."""

from __future__ import annotations

from dataclasses import dataclass

from tropeiro.web.accounts.models import Membership
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant

MOST = 1_000


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as lists show them."""

    user: int
    email: str
    name: str
    role: Role


def list_members(member: Member) -> tuple[MemberRow, ...]:
    """The members of the organization, by address; the first thousand."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        rows = Membership.objects.order_by("user__email").values_list("user_id", "user__email", "user__name", "role")
        return tuple(MemberRow(user, email, name, Role(role)) for user, email, name, role in rows[:MOST])
