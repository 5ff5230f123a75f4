"""Many open job pages on one web process: all are told, soon and once, and none holds a connection to the database."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from benchmarks.live import cookie_of, measure
from installation import Installation

pytestmark = pytest.mark.timeout(180)

PAGES = 60
POOL = 16
"""Connections that the web process keeps at most; see `tropeiro.web.django_settings`."""


def _web(installation: Installation) -> int:
    """Process id of the web process."""
    up = next(
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if (process.info["cmdline"] or [])[-1:] == ["up"]
        and (process.info["environ"] or {}).get("TROPEIRO_PORT") == installation.environ["TROPEIRO_PORT"]
    )
    return next(child.pid for child in up.children() if "web" in child.cmdline() or "--fd" in child.cmdline())


def test_open_pages_are_told_soon_and_once(platform: Installation, tmp_path: Path) -> None:
    document = tmp_path / "waits.json"
    document.write_text(json.dumps([{"id": "w", "wait": "1h"}]))
    job = platform.started(str(document))
    measured = measure(
        platform.url,
        platform.environ["DATABASE_URL"],
        cookie_of(platform.environ),
        UUID(job),
        _web(platform),
        streams=PAGES,
        messages=10,
    )
    assert (measured.lost, measured.repeated) == (0, 0)
    assert measured.p50_ms < 500
    assert measured.connections.listening == 1
    # Those that its pool keeps ready, however many pages there are.
    assert measured.connections.most <= POOL
