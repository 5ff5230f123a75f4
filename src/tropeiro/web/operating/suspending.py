"""Suspending an organization, and letting it go on: what operators do when one must not work for a while."""

from __future__ import annotations

import logging

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.accounts.access import local_member
from tropeiro.web.accounts.models import Suspension
from tropeiro.web.audit.actions import record
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.naming import one_line
from tropeiro.web.operating.access import Operator
from tropeiro.web.permissions import OperatorVerb
from tropeiro.web.tenancy import tenant

MAX_REASON = 1000
"""Characters of what the organization's members are told."""

log = logging.getLogger(__name__)


def suspend(operator: Operator, organization: str, reason: str) -> None:
    """Let nothing of an organization start, and stop what is under way at its next step.

    Steps that are being executed end, and their results are kept. Done again, it says another reason. Raises
    `NotFound`, `InvalidInput` for no reason or too long a one, and `Conflict` for the house, whose services all call.
    """
    chosen = one_line(reason)
    if not chosen:
        raise InvalidInput(_("Say why: the organization's members read it."), details={"field": "reason"})
    if len(chosen) > MAX_REASON:
        raise InvalidInput(_("A reason has at most %(most)d characters.") % {"most": MAX_REASON})
    member = _member(organization)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Waits for who is starting a job at this moment; see the schema's file 110_suspension.sql.
            cursor.execute("LOCK TABLE tropeiro_suspension IN EXCLUSIVE MODE")
        Suspension.objects.update_or_create(
            organization_id=member.organization, defaults={"reason": chosen, "suspended_by": operator.label}
        )
        _note(operator, OperatorVerb.SUSPEND, member, reason=chosen)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tropeiro_hold_organization(%s)", [member.organization])


def resume(operator: Operator, organization: str) -> None:
    """Let a suspended organization go on where it stopped. Raises `NotFound`, and `Conflict` when it is none."""
    member = _member(organization)
    with transaction.atomic():
        if not Suspension.objects.filter(organization_id=member.organization).delete()[0]:
            raise Conflict(_("%(name)s is not suspended.") % {"name": organization})
        with connection.cursor() as cursor:
            cursor.execute("SELECT tropeiro_release_organization(%s)", [member.organization])
        _note(operator, OperatorVerb.RESUME, member)


def _member(organization: str) -> Member:
    if organization == HOUSE:
        raise Conflict(_("The house cannot be suspended: everybody calls its services."))
    try:
        return local_member(organization)
    except NotFound:
        raise NotFound(_("There is no organization `%(name)s`.") % {"name": organization[:64]}) from None


def _note(operator: Operator, verb: OperatorVerb, member: Member, **details: str) -> None:
    """Into the log of the process, and into the organization's audit log."""
    log.info("%s: %s %s", operator.label, verb, member.organization_slug)
    with tenant(member.organization):
        record(
            operator.within(member), verb, "organization", member.organization, member.organization_slug,
            operator=True, **details,
        )  # fmt: skip
