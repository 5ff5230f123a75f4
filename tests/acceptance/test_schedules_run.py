"""Schedules over a real installation: they run by themselves, and whoever leads may die."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from itertools import pairwise

import pytest
from installation import Installation

pytestmark = pytest.mark.timeout(180)

SUCCEEDED = (
    "SELECT f.scheduled_for, f.job_id FROM tropeiro_firing f JOIN tropeiro_job j ON j.id = f.job_id"
    " JOIN tropeiro_trigger t ON t.id = f.trigger_id WHERE t.name = %(name)s AND j.state = 'succeeded'"
)


def test_a_schedule_of_every_two_seconds_runs_each_time_also_when_workers_are_killed(platform: Installation) -> None:
    made = platform.tropeiro("trigger", "create", "beat", "core/set", "--every", "2s", "--inputs", '{"x": 1}')
    assert made.code == 0, made.err
    enough = f"SELECT count(*) AS n FROM ({SUCCEEDED}) s HAVING count(*) >= %(count)s"
    platform.wait_until(enough, name="beat", count=3)
    for worker in platform.workers():
        os.kill(worker["pid"], signal.SIGKILL)
    # Nobody leads now; whoever comes next makes up for what was due last, and goes on.
    platform.wait_until(enough, name="beat", count=6)
    assert platform.tropeiro("trigger", "disable", "beat").code == 0

    moments = [row["scheduled_for"] for row in platform.query(f"{SUCCEEDED} ORDER BY 1", name="beat")]
    assert len(set(moments)) == len(moments)
    apart = {(later - earlier) % timedelta(seconds=2) for earlier, later in pairwise(moments)}
    assert apart == {timedelta(0)}
    jobs = platform.query("SELECT count(*) AS n FROM tropeiro_job WHERE trigger = 'schedule'")[0]["n"]
    started = platform.query("SELECT count(*) AS n FROM tropeiro_firing WHERE outcome = 'started'")[0]["n"]
    assert jobs == started
    assert platform.tropeiro("trigger", "delete", "beat").code == 0
