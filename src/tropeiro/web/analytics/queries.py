"""Reading the rollups: what dashboards and the rows of lists show. Nothing here reads jobs, but `now` a bounded few.

| for | ask |
|---|---|
| the rows of a list | `project_stats`, `workflow_stats`, `automation_stats`, `service_stats`: many ids, one statement |
| a page's tabs and chart | `totals`, `series` of a `Scope` in a `Period`, with what they are compared with |
| a page's cards | `top_automations`, `services_and_usage`, `by_project`, `offered`, `latest_failures` |
| what goes on | `running_now`, `open_jobs`, `minutes` |
| one service's page | `call_totals`, `call_series`, `call_errors` |
"""

from __future__ import annotations

from tropeiro.web.analytics.calls import call_errors, call_series, call_totals
from tropeiro.web.analytics.failures import latest_failures
from tropeiro.web.analytics.now import anything_yet, minutes, open_jobs, running_now
from tropeiro.web.analytics.scope import ENDS
from tropeiro.web.analytics.series import counts, series, totals
from tropeiro.web.analytics.stats import automation_stats, project_stats, service_stats, workflow_stats
from tropeiro.web.analytics.tops import by_project, offered, services_and_usage, top_automations

__all__ = [
    "ENDS",
    "anything_yet",
    "automation_stats",
    "by_project",
    "call_errors",
    "call_series",
    "call_totals",
    "counts",
    "latest_failures",
    "minutes",
    "offered",
    "open_jobs",
    "project_stats",
    "running_now",
    "series",
    "service_stats",
    "services_and_usage",
    "top_automations",
    "totals",
    "workflow_stats",
]
