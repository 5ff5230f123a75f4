"""Wrong clocks: half of the workers are ten minutes ahead or behind, and nothing is early, lost or double."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from chaos import invariants
from chaos.house import PROJECT, House, Stage
from chaos.ledger import Ledger
from chaos.scenario import Scenario, Size
from chaos.workloads import FAMILY, FAN, LINE, Desk, Kind, call

AHEAD, BEHIND = "clock ten minutes ahead", "clock ten minutes behind"
_OFF_SECONDS = 600
_WAIT, _UNTIL, _RETRY, _TIMEOUT = 2.0, 4.0, 2.0, 1.5
_LATE_SECONDS = 8.0
_ASK = Kind("ask", [call("t", "clock")], 1)
_WAITING = Kind(
    "waiting", [call("a", "plain"), {"id": "nap", "wait": f"{_WAIT:g}s"}, call("b", "plain")], 2, plain=2
)  # fmt: skip
_MOMENT = Kind(
    "moment", [call("a", "plain"), {"id": "nap", "wait": {"until": "{{ inputs.at }}"}}, call("b", "plain")], 2, plain=2
)
_RETRIED = Kind(
    "retried",
    [{**call("a", "moody"), "retry": {"attempts": 3, "delay": f"{_RETRY:g}s", "backoff": 1, "jitter": 0}}], 1,
)  # fmt: skip
_TIMED = Kind(
    "timed", [{**call("a", "nap", ms=60_000), "timeout": f"{_TIMEOUT * 1000:.0f}ms"}], 0, state="failed",
)  # fmt: skip
_DURATIONS = """
SELECT j.name, extract(epoch FROM min(j.finished_at - j.created_at))::float8,
    extract(epoch FROM max(j.finished_at - j.created_at))::float8
FROM tropeiro_job j WHERE j.name IN ('chaos/timed', 'chaos/retried') GROUP BY 1
"""


def faults(size: Size) -> dict[str, int]:
    return {AHEAD: 1, BEHIND: 1}


def run(house: House, size: Size, ledger: Ledger) -> None:
    many, few = size.of(500, 15), size.of(60, 15)
    with house.stage("clocks") as stage:
        stage.hire(2, TROPEIRO_CONCURRENCY="24")
        for seconds in (_OFF_SECONDS, -_OFF_SECONDS):
            path = f"{PROJECT.parent / 'wrong_clock'}:{house.environ(stage.data, '').get('PYTHONPATH', '')}"
            stage.hire(1, PYTHONPATH=path, CHAOS_CLOCK_SECONDS=str(seconds), TROPEIRO_CONCURRENCY="24")
        desk = Desk(stage.outside)
        desk.start(_ASK, 200)
        for kind in (LINE, FAN, FAMILY):
            desk.start(kind, many)
        # How late something comes behind much other work tells of the machine, not of clocks: that work ends first.
        if not invariants.settled(stage.outside, ledger, size.of(300, 90)):
            return
        for kind in (_WAITING, _RETRIED, _TIMED):
            desk.start(kind, few)
        at = datetime.now(UTC) + timedelta(seconds=_UNTIL)
        moment, said = at.isoformat(), time.monotonic()
        desk.start(_MOMENT, few, at=moment)
        if invariants.settled(stage.outside, ledger, size.of(300, 90)):
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)
            invariants.effects(stage.outside, house.receiver, ledger, most_repeated=0.0)
            punctual(stage, ledger, said + _UNTIL)
        clocks_were_wrong(stage, ledger)
        invariants.no_traceback(stage.troupe, ledger)


def punctual(stage: Stage, ledger: Ledger, moment: float) -> None:
    """Waits, retries and timeouts took as long as they say, by clocks that are not the workers'."""
    waited = [max(times) - min(times) for times in _times(stage, "chaos/waiting")]
    after = [max(times) - moment for times in _times(stage, "chaos/moment")]
    retried = [second - first for times in _times(stage, "chaos/retried") for first, second in pairwise(times)]
    for what, seconds, least in (("wait", waited, _WAIT), ("until", after, 0.0), ("retry", retried, _RETRY)):
        early = f"{min(seconds):.2f} s, at least {least:g} s"
        ledger.check(f"nothing early: {what}", min(seconds) >= least - 0.05, early)
        ledger.check(f"nothing late: {what}", max(seconds) <= least + _LATE_SECONDS, f"{max(seconds):.2f} s")
    for name, shortest, longest in stage.outside.rows(_DURATIONS):
        if name == "chaos/timed":
            ledger.check("nothing early: timeout", shortest >= _TIMEOUT - 0.05, f"{shortest:.2f} s")
            ledger.check("nothing late: timeout", longest <= _TIMEOUT + 2 * _LATE_SECONDS, f"{longest:.2f} s")
    tries = {len(times) for times in _times(stage, "chaos/retried")}
    ledger.check("every retry is made once", tries == {2}, tries)


def _times(stage: Stage, name: str) -> list[list[float]]:
    jobs = {row[0] for row in stage.outside.rows("SELECT id::text FROM tropeiro_job WHERE name = %s", [name])}
    times: dict[str, list[float]] = {}
    for one in stage.house.receiver.of(jobs):
        times.setdefault(one.job, []).append(one.at)
    return [sorted(one) for one in times.values()]


def clocks_were_wrong(stage: Stage, ledger: Ledger) -> None:
    """What the workers themselves believed to be the time."""
    told = stage.outside.rows(
        "SELECT (output ->> 'time')::float8 - extract(epoch FROM finished_at)::float8 FROM tropeiro_job"
        " WHERE name = 'chaos/ask'"
    )
    for fault, seconds in ((AHEAD, _OFF_SECONDS), (BEHIND, -_OFF_SECONDS)):
        if any(abs(row[0] - seconds) < 60 for row in told):
            ledger.fire(fault)


SCENARIO = Scenario("clocks", faults, run, measures=True)
