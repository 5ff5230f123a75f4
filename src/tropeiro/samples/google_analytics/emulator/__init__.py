"""An emulator of the Google Analytics Data API v1beta: a real HTTP server with synthetic data, quotas and faults.

From code::

    with start() as emulator:          # a thread of this process, on a free port
        os.environ["TROPEIRO_GA_ENDPOINT"] = emulator.url

From a shell: ``python -m tropeiro.samples.google_analytics.emulator --port 0``; the first line it prints is its URL.
"""

from __future__ import annotations

from tropeiro.samples.google_analytics.emulator.faults import Faults
from tropeiro.samples.google_analytics.emulator.quotas import Limits
from tropeiro.samples.google_analytics.emulator.server import Emulator, start

__all__ = ["Emulator", "Faults", "Limits", "start"]
