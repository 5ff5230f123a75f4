"""The door to triggers: (member, id or name) → the trigger, or the same not-found for missing and forbidden."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.triggers.models import Trigger


def trigger_row(member: Member, trigger: UUID, *, lock: bool = False) -> Trigger:
    """The trigger's row, locked when it is to be changed. Inside a tenant's transaction. Raises `NotFound`."""
    member.require(Verb.VIEW)
    rows = Trigger.objects.select_for_update() if lock else Trigger.objects.all()
    row = rows.filter(organization_id=member.organization, id=trigger).first()
    if row is None:
        raise NotFound(_("There is no trigger %(id)s that you can see.") % {"id": trigger})
    return row


def trigger_named(member: Member, name: str) -> UUID:
    """Id of the organization's trigger with this name. Raises `NotFound`."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        found: UUID | None = (
            Trigger.objects.filter(organization_id=member.organization, name=name).values_list("id", flat=True).first()
        )
    if found is None:
        raise NotFound(_("There is no trigger `%(name)s` that you can see.") % {"name": name[:64]})
    return found
