"""Poison: packets that kill their worker, exhaust memory or answer far too much, among work that must not notice.

How "not noticing" is measured: the other jobs are fed at a steady pace of about half of what the workers bear. Of
those that should have ended between the first poison and the last one's end, the share that did is the speed.
"""

from __future__ import annotations

import resource
from uuid import UUID

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger, say
from chaos.outside import pause, wait_until
from chaos.pace import Feeder, ends_since, now, rate
from chaos.scenario import Scenario, Size
from chaos.workers import Place
from chaos.workloads import STEPS, Desk, Kind, call

CRASH, CRASH_INSIDE, GORGE, FLOOD = (
    "worker killed by a packet", "service process killed", "memory exhausted", "50 MB of output",
)  # fmt: skip
_LIMIT_BYTES = 3 * 2**30
"""Address space of a worker and of the processes that it starts."""
_MOST_ATTEMPTS = 5
_KINDS = {
    CRASH: Kind("crash", [call("p", "kill_worker")], 0, state="failed"),
    CRASH_INSIDE: Kind("crash inside", [call("p", "kill_process")], 0, state="failed"),
    GORGE: Kind("gorge", [call("p", "gorge")], 0, state="failed"),
    FLOOD: Kind("flood", [call("p", "flood", megabytes=50)], 0, state="failed"),
}
_CODES = {CRASH: {"quarantined"}, CRASH_INSIDE: {"service_crashed"}, GORGE: {"service_crashed", "unexpected_error"},
          FLOOD: {"output_too_large"}}  # fmt: skip
_ENDED = "SELECT count(*) FROM tropeiro_job WHERE id = ANY (%s) AND finished_at IS NOT NULL"
_CAME_TO = """
SELECT j.error ->> 'code', count(*), max(coalesce((j.error -> 'details' ->> 'taken')::integer, s.attempt))
FROM tropeiro_job j JOIN tropeiro_step s ON s.job_id = j.id WHERE j.id = ANY (%s) GROUP BY 1
"""
_OTHERS = """
SELECT count(*) FROM tropeiro_step s JOIN chaos_job c ON c.id = s.job_id
WHERE c.state = 'succeeded' AND s.error ->> 'code' = 'quarantined'
"""


def faults(size: Size) -> dict[str, int]:
    return {CRASH: size.of(30, 2), CRASH_INSIDE: size.of(20, 2), GORGE: size.of(25, 2), FLOOD: size.of(25, 2)}


def run(house: House, size: Size, ledger: Ledger) -> None:
    with house.stage("poison") as stage:
        places = stage.hire(4, TROPEIRO_CONCURRENCY="16", TROPEIRO_PROCESSES="2")
        limited = Limited(places)
        desk = Desk(stage.outside)
        with Feeder.feeding(stage.server.url, STEPS, per_second=size.of(60, 25)) as feeder:
            pause(3.0)
            began = now(stage.outside)
            poisoned = {fault: desk.start(_KINDS[fault], count) for fault, count in faults(size).items()}
            every = [one for jobs in poisoned.values() for one in jobs]

            def over() -> bool:
                limited.keep()
                return bool(stage.outside.value(_ENDED, [every]) == len(every))

            took = wait_until(over, size.of(900, 90), "every poison packet comes to its end")
            # What the last death held up has a lease's time to be taken up again, as it does all the time.
            pause(4.0)
            ended = now(stage.outside)
            others = list(feeder.started)
        say(f"poison: {len(every)} packets set aside or failed after {took:.0f} s, {deaths(places)} workers died")
        for fault, jobs in poisoned.items():
            enter(stage, ledger, fault, jobs)
        ledger.check(
            "no more deaths than attempts", deaths(places) <= _MOST_ATTEMPTS * len(poisoned[CRASH]), deaths(places)
        )
        if invariants.settled(stage.outside, ledger, 60):
            speed = rate(ends_since(stage.outside, began), began, ended) - len(every) / (ended - began)
            pace = size.of(60, 25)
            ledger.figure(
                f"{deaths(places)} workers died; the rest: {speed:.1f} jobs/s of {pace} fed ({speed / pace:.0%})"
            )
            ledger.check("the rest at ≥ 95 % speed", speed >= 0.95 * pace, f"{speed:.1f} of {pace} jobs/s")
            ledger.check("nothing else is set aside", stage.outside.value(_OTHERS) == 0, f"of {len(others)} others")
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)


def enter(stage: Stage, ledger: Ledger, fault: str, jobs: list[UUID]) -> None:
    """What came of the poison, as the database tells it."""
    for code, count, attempts in stage.outside.rows(_CAME_TO, [jobs]):
        ledger.check(f"as it must end: {fault}", code in _CODES[fault], f"{count} times {code}")
        ledger.check(f"within {_MOST_ATTEMPTS} attempts: {fault}", attempts <= _MOST_ATTEMPTS, attempts)
        ledger.fire(fault, count)


def deaths(places: list[Place]) -> int:
    """How many worker processes ended by themselves."""
    return sum(len(place.ends) for place in places)


class Limited:
    """Keeps the memory of workers, and of the service processes that they start, within bounds."""

    def __init__(self, places: list[Place]) -> None:
        self._places = places
        self._done: set[int] = set()
        self.keep()

    def keep(self) -> None:
        """Limit those that came since."""
        for place in self._places:
            if place.alive and place.pid not in self._done:
                resource.prlimit(place.pid, resource.RLIMIT_AS, (_LIMIT_BYTES, _LIMIT_BYTES))
                self._done.add(place.pid)


SCENARIO = Scenario("poison", faults, run)
