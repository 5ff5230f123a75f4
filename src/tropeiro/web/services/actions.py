"""What is done to services in the console. What code declares is changed in code: here they are tagged, removed and
restored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.services.access import own_service_row
from tropeiro.web.services.details import CODE_OWNED, Use, use_of
from tropeiro.web.services.models import Service
from tropeiro.web.tenancy import tenant

MOST_TAGS = 12
_TAG = re.compile(r"[\w][\w .+-]{0,29}")
_NAMED = 10


def tag_service(member: Member, service: UUID, tags: Iterable[str]) -> None:
    """Give an own service other tags.

    Raises `Forbidden`, `NotFound`, `InvalidInput`, and `Conflict` when its code says them.
    """
    member.require(Verb.CHANGE_SERVICE)
    wanted = list(dict.fromkeys(" ".join(tag.lower().split()) for tag in tags if tag.strip()))
    odd = next((tag for tag in wanted if not _TAG.fullmatch(tag)), None)
    if odd is not None:
        raise InvalidInput(
            _("`%(tag)s` cannot be a tag.") % {"tag": odd[:40]},
            hint=_("Use at most 30 letters, digits, spaces, points and hyphens, and commas between tags."),
        )
    if len(wanted) > MOST_TAGS:
        raise InvalidInput(_("A service has at most %(n)s tags.") % {"n": MOST_TAGS})
    with tenant(member.organization):
        row = own_service_row(member, service, lock=True)
        if row.kind in CODE_OWNED:
            raise Conflict(
                _("The tags of this service are said in its code."), hint=_("Change them there and apply the project.")
            )
        if list(row.tags or ()) != wanted:
            Service.objects.filter(id=row.id).update(tags=wanted)
            record(member, Verb.CHANGE_SERVICE, "service", row.id, row.name, tags=wanted)


def remove_service(member: Member, service: UUID) -> None:
    """Let nobody find, pin or start an own service any more; what is pinned still runs.

    Raises `Forbidden`, `NotFound`, and `Conflict` with the reasons while somebody relies on it.
    """
    member.require(Verb.REMOVE_SERVICE)
    with tenant(member.organization):
        row = own_service_row(member, service, lock=True)
        if row.removed_at is not None:
            raise Conflict(_("The service is removed already."))
        reasons = reasons_to_keep(use_of(member, service))
        if reasons:
            raise Conflict(
                _("%(name)s cannot be removed: %(reasons)s.") % {"name": row.name, "reasons": "; ".join(reasons)},
                hint=_("Save those workflows without it, and change or delete those triggers."),
                details={"reasons": reasons},
            )
        Service.objects.filter(id=row.id).update(removed_at=timezone.now())
        record(member, Verb.REMOVE_SERVICE, "service", row.id, row.name)


def restore_service(member: Member, service: UUID) -> None:
    """Undo `remove_service`. Raises `Forbidden`, `NotFound`, and `Conflict` when it was not removed."""
    member.require(Verb.RESTORE_SERVICE)
    with tenant(member.organization):
        row = own_service_row(member, service, lock=True)
        if row.removed_at is None:
            raise Conflict(_("The service is not removed."))
        Service.objects.filter(id=row.id).update(removed_at=None)
        record(member, Verb.RESTORE_SERVICE, "service", row.id, row.name)


def reasons_to_keep(use: Use) -> list[str]:
    """Why a service cannot be removed, in words; empty when it can be."""
    reasons = []
    callers = list(dict.fromkeys(f"{one.project}/{one.name}" if one.project else one.name for one in use.callers))
    if callers:
        words = ngettext("%(names)s calls it", "%(names)s call it", len(callers))
        reasons.append(words % {"names": _listed(callers)})
    if use.triggers:
        names = [name for _id, name in use.triggers]
        words = ngettext("the trigger %(names)s starts it", "the triggers %(names)s start it", len(names))
        reasons.append(words % {"names": _listed(names)})
    if use.workflows:
        words = ngettext(
            "%(n)s workflow of other organizations calls it",
            "%(n)s workflows of other organizations call it",
            use.workflows,
        )
        reasons.append(words % {"n": use.workflows})
    return reasons


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
