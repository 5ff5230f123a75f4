"""Every screen of the console by the name of its address, with an address to look at in the demonstration."""

from __future__ import annotations

from typing import Any

from installation import Installation

SCREENS = {
    "jobs": "/jobs",
    "job": "/jobs/{job}",
    "search": "/search?q=report",
    "triggers": "/triggers",
    "trigger-new": "/triggers/new",
    "trigger": "/triggers/{trigger}",
    "trigger-edit": "/triggers/{trigger}/edit",
    "limits": "/limits",
    "limit-new": "/limits/new",
}
NO_SCREENS = {"job-events", "job-log", "job-output", "job-step", "health-live", "health-ready", "limit-edit"}
"""What answers GET and is no page of its own: streams, files, parts of pages, answers to programs."""

_THINGS = """
SELECT
    (SELECT j.id FROM tropeiro_job j WHERE j.organization_id = o.id AND j.state = 'succeeded'
     AND j.name LIKE 'marketing/%%' ORDER BY j.id DESC LIMIT 1) AS job,
    (SELECT t.id FROM tropeiro_trigger t WHERE t.organization_id = o.id ORDER BY t.name LIMIT 1) AS trigger
FROM tropeiro_organization o WHERE o.slug = 'demo'
"""


def things(platform: Installation) -> dict[str, Any]:
    """Something of the demonstration for every name in an address."""
    return platform.query(_THINGS)[0]
