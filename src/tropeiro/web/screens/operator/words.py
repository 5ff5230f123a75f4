"""Words of the operators' pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORKER_STATES = {
    "up": (_("working"), "circle-check"),
    "draining": (_("draining"), "hourglass"),
    "stopped": (_("stopped"), "ban"),
    "lost": (_("lost"), "circle-x"),
}
"""By state of a worker: its word and its sign."""
