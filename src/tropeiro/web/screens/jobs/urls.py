from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.jobs import acts, bulk, callbacks, comparing, histogram, listing, live, log, steps, views

urlpatterns = [
    path("jobs", listing.job_list, name="jobs"),
    path("jobs/histogram", histogram.job_histogram, name="jobs-histogram"),
    path("jobs/counts", listing.job_counts, name="jobs-counts"),
    path("jobs/events", listing.list_events, name="jobs-events"),
    path("jobs/bulk", bulk.bulk_new, name="jobs-bulk-new"),
    path("jobs/bulk/<uuid:bulk>", bulk.bulk_page, name="jobs-bulk"),
    path("jobs/bulk/<uuid:bulk>/csv", bulk.bulk_csv, name="jobs-bulk-csv"),
    path("jobs/bulk/<uuid:bulk>/stop", bulk.bulk_stop, name="jobs-bulk-stop"),
    path("jobs/<uuid:job>", views.job, name="job"),
    path("jobs/<uuid:job>/events", live.job_events, name="job-events"),
    path("jobs/<uuid:job>/log", log.older_lines, name="job-log"),
    path("jobs/<uuid:job>/log.txt", log.log_file, name="job-log-file"),
    path("jobs/<uuid:job>/step", steps.step, name="job-step"),
    path("jobs/<uuid:job>/compare", comparing.compare, name="job-compare"),
    path("jobs/<uuid:job>/step/log", log.step_log, name="job-step-log"),
    path("jobs/<uuid:job>/items", steps.items, name="job-items"),
    path("jobs/<uuid:job>/value", steps.value, name="job-value"),
    path("jobs/<uuid:job>/output", views.output, name="job-output"),
    path("jobs/<uuid:job>/cancel", acts.cancel, name="job-cancel"),
    path("jobs/<uuid:job>/pause", acts.pause, name="job-pause"),
    path("jobs/<uuid:job>/resume", acts.resume, name="job-resume"),
    path("jobs/<uuid:job>/approve", acts.approve, name="job-approve"),
    path("jobs/<uuid:job>/reject", acts.reject, name="job-reject"),
    path("jobs/<uuid:job>/retry", acts.retry, name="job-retry"),
    path("jobs/<uuid:job>/rerun", acts.rerun, name="job-rerun"),
    path("callbacks/<str:token>", callbacks.callback, name="callback"),
]
