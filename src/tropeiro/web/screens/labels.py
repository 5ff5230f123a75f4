"""Words for codes: triggers, kinds of step, levels of the log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TRIGGERS = {
    "manual": _("by hand"),
    "cli": _("command line"),
    "api": _("API"),
    "parent": _("another job"),
    "rerun": _("run again"),
    "schedule": _("schedule"),
    "webhook": _("webhook"),
}
KINDS = {
    "group": _("group"),
    "parallel": _("parallel"),
    "choice": _("choice"),
    "wait": _("wait"),
    "approval": _("approval"),
    "foreach": _("for each"),
}
LEVELS = {"debug": _("Debug"), "info": _("Info"), "warning": _("Warnings"), "error": _("Errors")}
