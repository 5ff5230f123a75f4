from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.jobs import callbacks, live, views

urlpatterns = [
    path("jobs", views.job_list, name="jobs"),
    path("jobs/<uuid:job>", views.job, name="job"),
    path("jobs/<uuid:job>/events", live.job_events, name="job-events"),
    path("jobs/<uuid:job>/log", views.older_lines, name="job-log"),
    path("jobs/<uuid:job>/step", views.step, name="job-step"),
    path("jobs/<uuid:job>/output", views.output, name="job-output"),
    path("jobs/<uuid:job>/cancel", views.cancel, name="job-cancel"),
    path("jobs/<uuid:job>/pause", views.pause, name="job-pause"),
    path("jobs/<uuid:job>/resume", views.resume, name="job-resume"),
    path("jobs/<uuid:job>/approve", views.approve, name="job-approve"),
    path("jobs/<uuid:job>/retry", views.retry, name="job-retry"),
    path("jobs/<uuid:job>/rerun", views.rerun, name="job-rerun"),
    path("callbacks/<str:token>", callbacks.callback, name="callback"),
]
