"""Words for codes: triggers and their rules, kinds of step, levels of the log, days."""

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
    "test": _("test of a draft"),
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
FIRINGS = {
    "started": _("started"),
    "waiting": _("waits for its turn"),
    "skipped": _("skipped"),
    "missed": _("missed"),
    "failed": _("could not start"),
}
REASONS = {
    "overlap": _("The run before it was not over."),
    "queue_full": _("Too many runs wait already."),
    "missed": _("Nothing could start it in time."),
    "disabled": _("The trigger was turned off."),
    "project_archived": _("Its project, or one that it calls, is archived."),
}
"""By the code of an error that says why a moment of a trigger passed without a job."""
TRIGGER_STATES = {
    "on": _("on"),
    "off": _("off"),
    "paused": _("paused"),
    "resting": _("rests"),
    "over": _("over"),
}
OVERLAPS = {
    "skip": _("skip the run"),
    "queue": _("wait for its turn"),
    "allow": _("run at the same time"),
}
LIMIT_KINDS = {
    "service": _("a service"),
    "credential": _("a credential"),
    "organization": _("the whole organization"),
}
CATCH_UPS = {
    "latest": _("make up for the latest one"),
    "all": _("make up for all"),
    "none": _("make up for none"),
}
WEEKDAYS = (
    _("Sunday"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
)  # fmt: skip
"""From Sunday, as cron counts them."""
FOUND = {
    "page": _("page"),
    "project": _("project"),
    "service": _("service"),
    "automation": _("automation service"),
    "workflow": _("workflow"),
    "trigger": _("trigger"),
    "job": _("job"),
}
"""By the kind of a thing that the search box found."""
SERVICE_KINDS = {
    "python": _("Python"),
    "http": _("HTTP"),
    "automation": _("automation"),
    "builtin": _("built in"),
}
VISIBILITIES = {"private": _("private"), "public": _("public")}
