"""What is done to users, organizations and members."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.sealing import new_data_key, wrap
from tropeiro.kernel.service_ref import SLUG
from tropeiro.web.accounts.membership import hold, may_change, may_give
from tropeiro.web.accounts.models import Membership, Organization, User
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant

FIRST_ORGANIZATION = "main"
FIRST_USER = "admin@tropeiro.local"
_SLUG = re.compile(SLUG)
_FIRST_START_LOCK = 0x7470_7331


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What an installation begins with."""

    organization: str
    """Slug of the organization."""
    user: str
    """E-mail address to log in with."""
    password: str | None
    """The generated password, the one time that it is known; ``None`` at every later start."""


def ensure_first_start() -> FirstStart:
    """Make the first organization and its operator, unless there is a user already."""
    with transaction.atomic():
        _lock(_FIRST_START_LOCK)
        known = User.objects.order_by("-is_operator", "id").values_list("email", flat=True).first()
        if known is not None:
            slug = Organization.objects.order_by("id").filter(slug=FIRST_ORGANIZATION).values_list("slug", flat=True)
            return FirstStart(slug.first() or FIRST_ORGANIZATION, known, None)
        organization = _make_organization(FIRST_ORGANIZATION, "Main")
        user, password = create_operator(FIRST_USER)
        Membership.objects.create(organization_id=organization, user_id=user, role=Role.OWNER)
        return FirstStart(FIRST_ORGANIZATION, FIRST_USER, password)


def create_operator(email: str, password: str | None = None) -> tuple[int, str]:
    """Make a user who operates the platform. Gives its id and its password, generated when none is given.

    Raises `InvalidInput` for what is no e-mail address or too weak a password, `Conflict` when the address is taken.
    """
    return _make_user(email, password, is_operator=True)


def create_user(email: str, password: str | None = None) -> tuple[int, str]:
    """The same for a user without special rights."""
    return _make_user(email, password, is_operator=False)


def set_password(email: str, password: str | None = None) -> str:
    """Give a user a new password, generated when none is given; it is returned. Ends the user's other sessions.

    For the command line, where somebody has forgotten theirs. Raises `InvalidInput`.
    """
    chosen = _checked_password(password)
    user = User.objects.filter(email=checked_email(email)).first()
    if user is None:
        raise InvalidInput(_("There is no user with the address %(email)s.") % {"email": email})
    user.set_password(chosen)
    user.save(update_fields=["password"])
    return chosen


def create_organization(slug: str, name: str, *, owner: int) -> UUID:
    """Make an organization whose owner is the user with this id. Raises `InvalidInput`, `Conflict`."""
    with transaction.atomic():
        organization = _make_organization(slug, name)
        Membership.objects.create(organization_id=organization, user_id=owner, role=Role.OWNER)
        return organization


def ensure_house(slug: str, name: str) -> UUID:
    """The organization with this slug, made without members when it is not there yet."""
    with transaction.atomic():
        _lock(_FIRST_START_LOCK)
        known = Organization.objects.filter(slug=slug).values_list("id", flat=True).first()
        return known or _make_organization(slug, name)


def add_member(actor: Member, email: str, role: Role) -> None:
    """Make a user a member of the actor's organization, or change the role of one that is.

    Nobody gives a role above their own. Raises `Forbidden`, `InvalidInput` when nobody has this address, and
    `Conflict` when it would leave the organization without an owner.
    """
    actor.require(Verb.ADD_MEMBER)
    may_give(actor, role)
    address = checked_email(email)
    user = User.objects.filter(email=address).values_list("id", flat=True).first()
    if user is None:
        raise InvalidInput(
            _("There is no user with the address %(email)s.") % {"email": address}, hint=_("Invite them by a link.")
        )
    with tenant(actor.organization):
        held = hold(actor)
        known = next((one for one in held if one.user == user), None)
        if known is None:
            Membership.objects.create(organization_id=actor.organization, user_id=user, role=role)
        else:
            may_change(actor, known, to=role, held=held)
            Membership.objects.filter(id=known.id).update(role=role)
        before = None if known is None else str(known.role)
        record(actor, Verb.ADD_MEMBER, "user", user, address, role=str(role), before=before)


def _make_user(email: str, password: str | None, *, is_operator: bool) -> tuple[int, str]:
    address, chosen = checked_email(email), _checked_password(password)
    user = User(email=address, is_operator=is_operator)
    user.set_password(chosen)
    with transaction.atomic():
        if User.objects.filter(email=address).exists():
            raise Conflict(_("There is a user with the address %(email)s already.") % {"email": address})
        user.save(force_insert=True)
        # Whoever makes a user answers for the address.
        EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    return user.id, chosen


def _make_organization(slug: str, name: str) -> UUID:
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(
            _("`%(text)s` cannot be an organization's short name.") % {"text": slug[:64]},
            hint=_("Start with a small letter; then at most 63 small letters, digits and hyphens."),
        )
    if Organization.objects.filter(slug=slug).exists():
        raise Conflict(_("There is an organization `%(slug)s` already.") % {"slug": slug})
    wrapped = wrap(new_data_key(), settings.TROPEIRO.master_keys)
    id_ = uuid7()
    Organization.objects.create(id=id_, slug=slug, name=name, data_key=wrapped)
    return id_


def checked_email(email: str) -> str:
    """The address as it is kept. Raises `InvalidInput`."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(_("`%(text)s` is not an e-mail address.") % {"text": address[:254]}) from None
    return address


def _checked_password(password: str | None) -> str:
    if password is None:
        return secrets.token_urlsafe(15)
    try:
        validate_password(password)
    except ValidationError as problem:
        raise InvalidInput(" ".join(problem.messages)) from None
    return password


def _lock(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
