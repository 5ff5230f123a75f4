"""What each role may do, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tropeiro.web.permissions import Role, role_name


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role to choose."""

    value: Role
    title: str
    text: str


def role_choices(most: Role) -> tuple[RoleChoice, ...]:
    """The roles up to ``most``, the highest first."""
    texts = {
        Role.OWNER: _("Everything, also the organization itself and its other owners."),
        Role.ADMIN: _(
            "Besides editing: members, invitations, limits, retention, audit log, embedded diagrams; deleting projects."
        ),
        Role.EDITOR: _("Besides operating: starting jobs, building workflows, services, triggers and credentials."),
        Role.OPERATOR: _("Besides looking: cancelling, pausing and repeating jobs, answering approvals."),
        Role.VIEWER: _("Looking at everything but secrets, and changing nothing."),
    }
    return tuple(RoleChoice(role, role_name(role), texts[role]) for role in Role if most.includes(role))
