"""Every address of the web side."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from tropeiro.web.screens import callbacks, health, jobs, limits, live, login, preferences, problems, triggers

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="jobs"), name="start"),
    path("login", login.log_in, name="login"),
    path("logout", login.log_out, name="logout"),
    path("language", preferences.choose_language, name="language"),
    path("theme", preferences.choose_theme, name="theme"),
    path("organization", preferences.choose_organization, name="organization"),
    path("jobs", jobs.job_list, name="jobs"),
    path("jobs/<uuid:job>", jobs.job, name="job"),
    path("jobs/<uuid:job>/events", live.job_events, name="job-events"),
    path("jobs/<uuid:job>/log", jobs.older_lines, name="job-log"),
    path("jobs/<uuid:job>/step", jobs.step, name="job-step"),
    path("jobs/<uuid:job>/output", jobs.output, name="job-output"),
    path("jobs/<uuid:job>/cancel", jobs.cancel, name="job-cancel"),
    path("jobs/<uuid:job>/pause", jobs.pause, name="job-pause"),
    path("jobs/<uuid:job>/resume", jobs.resume, name="job-resume"),
    path("jobs/<uuid:job>/approve", jobs.approve, name="job-approve"),
    path("jobs/<uuid:job>/retry", jobs.retry, name="job-retry"),
    path("jobs/<uuid:job>/rerun", jobs.rerun, name="job-rerun"),
    path("triggers", triggers.trigger_list, name="triggers"),
    path("triggers/new", triggers.create, name="trigger-new"),
    path("triggers/<uuid:trigger>", triggers.trigger, name="trigger"),
    path("triggers/<uuid:trigger>/edit", triggers.edit, name="trigger-edit"),
    path("triggers/<uuid:trigger>/enable", triggers.enable, name="trigger-enable"),
    path("triggers/<uuid:trigger>/disable", triggers.disable, name="trigger-disable"),
    path("triggers/<uuid:trigger>/run", triggers.run, name="trigger-run"),
    path("triggers/<uuid:trigger>/delete", triggers.delete, name="trigger-delete"),
    path("limits", limits.limit_list, name="limits"),
    path("limits/new", limits.create, name="limit-new"),
    path("limits/<uuid:limit>", limits.edit, name="limit-edit"),
    path("limits/<uuid:limit>/remove", limits.remove, name="limit-remove"),
    path("callbacks/<str:token>", callbacks.callback, name="callback"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler500 = problems.server_error
