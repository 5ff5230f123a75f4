"""Opening organizations and renaming them, and whether strangers may sign up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput
from tropeiro.web.accounts.access import member
from tropeiro.web.accounts.actions import create_organization
from tropeiro.web.accounts.models import Installation, Membership, Organization, User
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.naming import one_line
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant

MOST_OWNED = 100
"""So many organizations one person owns at most; operators as many as they like."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """An organization that was just opened."""

    id: UUID
    slug: str


def signup_is_open() -> bool:
    """Whether anybody may sign up: what an operator decided, else what the environment says."""
    decided = Installation.objects.values_list("signup", flat=True).first()
    return bool(settings.TROPEIRO.signup) if decided is None else decided


def set_signup(operator: int, *, open_: bool) -> None:
    """Open or close signing up. Raises `Forbidden` unless the user with this id operates the platform."""
    _require_operator(operator)
    Installation.objects.update_or_create(id=1, defaults={"signup": open_})


def may_open_organizations(user: int) -> bool:
    """Whether a user may open organizations: an operator always, others while anybody may sign up."""
    return User.objects.filter(id=user, is_operator=True).exists() or signup_is_open()


def open_organization(user: int, name: str, slug: str = "") -> Opened:
    """Make an organization that the user owns. Without a ``slug`` the name gives one.

    Raises `Forbidden`, `InvalidInput` for a name or slug that cannot be, `Conflict` for a slug that is taken.
    """
    if not may_open_organizations(user):
        raise Forbidden(
            _("Organizations are opened by the operators of this installation."), hint=_("Ask one of them.")
        )
    chosen = checked_name(name)
    owned = Membership.objects.filter(user_id=user, role=Role.OWNER).count()
    if owned >= MOST_OWNED and not User.objects.filter(id=user, is_operator=True).exists():
        raise Conflict(_("You own %(count)s organizations already.") % {"count": owned})
    with transaction.atomic():
        short = slug.strip().lower() or _free_slug(chosen)
        id_ = create_organization(short, chosen, owner=user)
        owner = member(user, short)
        with tenant(id_):
            record(owner, Verb.CHANGE_ORGANIZATION, "organization", id_, chosen, opened=True)
    return Opened(id_, short)


def rename_organization(actor: Member, name: str) -> None:
    """Give the actor's organization another name; its short name, which addresses hold, stays.

    Raises `Forbidden`, `InvalidInput`.
    """
    actor.require(Verb.CHANGE_ORGANIZATION)
    chosen = checked_name(name)
    with tenant(actor.organization):
        before = Organization.objects.only("name").get(id=actor.organization).name
        if before == chosen:
            return
        Organization.objects.filter(id=actor.organization).update(name=chosen)
        record(actor, Verb.CHANGE_ORGANIZATION, "organization", actor.organization, chosen, before=before)


def checked_name(name: str) -> str:
    """A name without blanks around it. Raises `InvalidInput`."""
    chosen = one_line(name)
    if not chosen:
        raise InvalidInput(_("An organization needs a name."))
    if len(chosen) > LONGEST_NAME:
        raise InvalidInput(_("A name has at most %(most)s characters.") % {"most": LONGEST_NAME})
    return chosen


def _require_operator(user: int) -> None:
    if not User.objects.filter(id=user, is_operator=True, is_active=True).exists():
        raise Forbidden(_("Only an operator of this installation may do this."))


def _free_slug(name: str) -> str:
    """A short name made of ``name`` that no organization has yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").lstrip("0123456789-")[:50].strip("-") or "organization"
    taken = set(Organization.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(one for one in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
