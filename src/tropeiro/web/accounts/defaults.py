"""What an organization decides for members who chose none: a language and a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.schedule import zone_names
from tropeiro.web.accounts.models import Membership, Organization
from tropeiro.web.accounts.preferences import checked_language
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant


@dataclass(frozen=True, slots=True)
class Defaults:
    """Of an organization. Empty means as each member's browser says."""

    language: str = ""
    time_zone: str = ""


def defaults_of(organization: UUID) -> Defaults:
    """What the organization decided."""
    row = Organization.objects.filter(id=organization).values_list("language", "time_zone").first()
    return Defaults(*row) if row is not None else Defaults()


def save_defaults(actor: Member, wanted: Defaults) -> None:
    """Keep what the organization decided. Raises `Forbidden`, `InvalidInput` for what is none of the choices."""
    actor.require(Verb.CHANGE_ORGANIZATION)
    try:
        checked_language(wanted.language)
    except InvalidInput as error:
        raise InvalidInput(error.message, details={"field": "language"}) from None
    if wanted.time_zone and wanted.time_zone not in zone_names():
        raise InvalidInput(
            _("`%(text)s` is no time zone.") % {"text": wanted.time_zone[:64]}, details={"field": "time_zone"}
        )
    with tenant(actor.organization):
        if defaults_of(actor.organization) == wanted:
            return
        Organization.objects.filter(id=actor.organization).update(language=wanted.language, time_zone=wanted.time_zone)
        record(
            actor, Verb.CHANGE_ORGANIZATION, "organization", actor.organization, actor.organization_slug,
            language=wanted.language, time_zone=wanted.time_zone,
        )  # fmt: skip


def language_for(user: int, own: str) -> str:
    """In which language to write to a user: their own, else that of the first of their organizations that has one.

    Empty when nobody chose one.
    """
    if own:
        return own
    decided = (
        Membership.objects.filter(user_id=user)
        .exclude(organization__language="")
        .order_by("organization__name", "organization__slug")
        .values_list("organization__language", flat=True)
        .first()
    )
    return str(decided or "")
