"""The database goes away under load: every session ended, the server restarted, the server crashed.

The full size loads the workers as much as they bear. The short one, which runs beside other things, feeds them at a
pace that they can keep.
"""

from __future__ import annotations

from collections.abc import Callable

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger
from chaos.outside import pause
from chaos.pace import Feeder, ends_since, now, recovered, usual_rate
from chaos.scenario import Scenario, Size
from chaos.workloads import STEPS

BACKENDS, RESTART, CRASH = "every session terminated", "database restarted", "database crashed, away for 40 s"
_WITHIN_SECONDS = 10.0
_LEAST = 0.98
_PACE = 80
_AWAY_SECONDS = 40.0


def faults(size: Size) -> dict[str, int]:
    return {BACKENDS: 1, RESTART: 1} | ({CRASH: 1} if size.full else {})


def run(house: House, size: Size, ledger: Ledger) -> None:
    window = float(size.of(3, 2))
    before = size.of(30, 6)
    with house.stage("database") as stage:
        places = stage.hire(2)
        processes = [place.pid for place in places]
        load = {"ahead": 1_000} if size.full else {"per_second": _PACE}
        with Feeder.feeding(stage.server.url, STEPS, **load):
            pause(2.0)
            for fault, strike in strikes(stage, size).items():
                began = now(stage.outside)
                pause(before)
                struck = now(stage.outside)
                if strike():
                    ledger.fire(fault)
                back = now(stage.outside)
                pause(_WITHIN_SECONDS)
                ends = ends_since(stage.outside, began)
                usual = usual_rate(ends, began, struck, window)
                best, first = recovered(ends, back, _WITHIN_SECONDS, window, _LEAST * usual)
                ledger.figure(
                    f"{fault}: {usual:.0f} jobs/s before, {best / usual:.0%} within {_WITHIN_SECONDS:.0f} s"
                    f" ({_LEAST:.0%} after {first:.1f} s)"
                )
                ledger.check(f"{_LEAST:.0%} of the former rate within 10 s: {fault}", best >= _LEAST * usual, best)
        ledger.check("no worker had to be restarted", [place.pid for place in places] == processes)
        if invariants.settled(stage.outside, ledger, 90):
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)
        invariants.no_traceback(stage.troupe, ledger)


def strikes(stage: Stage, size: Size) -> dict[str, Callable[[], bool]]:
    """What is done to the server; each says whether it was seen to happen."""

    def restart() -> bool:
        before = stage.server.postmaster()
        stage.server.restart()
        return stage.server.postmaster() != before

    def crash() -> bool:
        before = stage.server.postmaster()
        stage.server.stop_immediately()
        # Long enough for whoever asks ever more seldom to be asleep when it comes back.
        pause(_AWAY_SECONDS)
        stage.server.start()
        return stage.server.postmaster() != before

    all_of_them: dict[str, Callable[[], bool]] = {
        BACKENDS: lambda: stage.server.end_backends() > 2, RESTART: restart, CRASH: crash,
    }  # fmt: skip
    return {fault: all_of_them[fault] for fault in faults(size)}


SCENARIO = Scenario("database", faults, run, measures=True)
