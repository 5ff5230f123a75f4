"""What each role may do in a project, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tropeiro.web.permissions import Role

RIGHTS = {
    Role.OWNER: _("everything, also archive and delete it"),
    Role.ADMIN: _("everything, also archive and delete it"),
    Role.EDITOR: _("run and change what is in it, set its credentials"),
    Role.OPERATOR: _("act on its jobs, turn its triggers on and off"),
    Role.VIEWER: _("look at it"),
}
"""As `permissions.LEAST_ROLE` has it."""
