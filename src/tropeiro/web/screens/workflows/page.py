"""What every page of one workflow shows: its head, its tabs, what may be done to it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tropeiro.web.permissions import Verb, allows
from tropeiro.web.workflows.details import WorkflowPage

TABS = ("workflow", "workflow-flow", "workflow-triggers", "workflow-metrics", "workflow-versions", "workflow-links")


def page_context(request: Any, page: WorkflowPage, tab: str = "") -> dict[str, Any]:
    """The context of the head of a workflow's page. An automation service stands under its own entry of the menu."""
    role = request.member.role
    if page.automation:
        request.menu_at = reverse("automations")
    labels = (_("Runs"), _("Flow"), _("Triggers"), _("Metrics"), _("Versions"), _("Sharing"))
    in_use = page.removed_at is None
    own = in_use and not page.automation
    # An automation's inside is shared by no link.
    shown = TABS if not page.automation and allows(role, Verb.SHARE_WORKFLOW) else TABS[:-1]
    return {
        "workflow": page,
        "tab": tab,
        "tabs": [(name, label, reverse(name, args=[page.id])) for name, label in zip(shown, labels, strict=False)],
        "may_run": in_use and allows(role, Verb.START_JOB),
        "may_edit": own and allows(role, Verb.SAVE_WORKFLOW),
        "may_rename": own and allows(role, Verb.CHANGE_WORKFLOW),
        "may_copy": in_use and allows(role, Verb.COPY_WORKFLOW),
        "may_remove": own and allows(role, Verb.REMOVE_WORKFLOW),
        "may_restore": not in_use and not page.automation and allows(role, Verb.RESTORE_WORKFLOW),
        "may_trigger": in_use and allows(role, Verb.CREATE_TRIGGER),
        "may_switch": in_use and allows(role, Verb.ENABLE_TRIGGER),
    }
