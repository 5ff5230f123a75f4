"""The door to organizations: who acts, for whom, with which role."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.models import Membership, Organization, User
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class OrganizationName:
    """An organization as the switcher lists it."""

    slug: str
    name: str
    language: str = ""
    """For its members who chose none; empty when it decided none."""
    time_zone: str = ""
    suspended_at: datetime | None = None
    """Since when the operators let nothing of it start, if they do."""
    suspended_because: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in an organization, and on the platform."""

    member: Member
    is_operator: bool


def memberships(user: int, email: str) -> tuple[tuple[OrganizationName, Member], ...]:
    """The organizations that a user belongs to, by name, each with the member that they are there."""
    rows = (
        Membership.objects.filter(user_id=user)
        .order_by("organization__name", "organization__slug")
        .values_list(
            "organization_id",
            "organization__slug",
            "organization__name",
            "organization__language",
            "organization__time_zone",
            "organization__suspension__suspended_at",
            "organization__suspension__reason",
            "role",
        )[:1_000]
    )
    return tuple(
        (
            OrganizationName(slug, name, language, time_zone, since, reason or ""),
            Member(user=user, label=email, organization=key, organization_slug=slug, role=Role(role)),
        )
        for key, slug, name, language, time_zone, since, reason, role in rows
    )


def member(user: int, organization: str) -> Member:
    """The member that ``user`` is of the organization with this slug. Raises `NotFound`."""
    row = (
        Membership.objects.filter(user_id=user, organization__slug=organization, user__is_active=True)
        .values_list("user__email", "organization_id", "organization__slug", "role")
        .first()
    )
    if row is None:
        raise _no_organization(organization)
    email, key, slug, role = row
    return Member(user=user, label=email, organization=key, organization_slug=slug, role=Role(role))


def standings(wanted: Collection[tuple[int, str]]) -> Mapping[tuple[int, str], Standing]:
    """What users are in organizations, by id and short name, in one query; who is nothing there is left out."""
    rows = Membership.objects.filter(
        user_id__in={user for user, _ in wanted},
        organization__slug__in={organization for _, organization in wanted},
        user__is_active=True,
    ).values_list("user_id", "user__email", "user__is_operator", "organization_id", "organization__slug", "role")
    known = {
        (user, slug): Standing(
            Member(user=user, label=email, organization=key, organization_slug=slug, role=Role(role)), is_operator
        )
        for user, email, is_operator, key, slug, role in rows
    }
    return {who: known[who] for who in wanted if who in known}


def member_by_email(email: str, organization: str) -> Member:
    """The same by e-mail address. Raises `NotFound`."""
    user = User.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
    if user is None:
        raise _no_organization(organization)
    return member(user, organization)


def local_member(organization: str = "main") -> Member:
    """Whoever holds the keys of this machine, acting as an owner of ``organization``. For the command line only.

    Raises `NotFound`.
    """
    row = Organization.objects.filter(slug=organization).values_list("id", flat=True).first()
    if row is None:
        raise _no_organization(organization)
    return Member(user=None, label=COMMAND_LINE, organization=row, organization_slug=organization, role=Role.OWNER)


def _no_organization(slug: str) -> NotFound:
    return NotFound(_("There is no organization `%(slug)s` that you belong to.") % {"slug": slug[:64]})
