"""The network between workers and database: connections reset, stalled, half open, and answers that get lost."""

from __future__ import annotations

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger, say
from chaos.outside import NotInTime, pause, wait_until
from chaos.pace import Feeder, now
from chaos.proxy import SETTLEMENT, Proxy
from chaos.scenario import Scenario, Size
from chaos.workers import Place
from chaos.workloads import LINE

RESET, STALL, LONG_STALL = "connections reset", "stall of 1 s", "stall beyond the lease"
HALF_OPEN, LOST_ANSWER = "connections half open", "answer to a settlement lost"
_ENDED_HERE = """
SELECT count(*) FROM tropeiro_step s WHERE s.finished_at > to_timestamp(%s) AND s.worker LIKE '%%:' || %s
"""


def faults(size: Size) -> dict[str, int]:
    return {
        RESET: size.of(20, 2), STALL: size.of(10, 1), LONG_STALL: size.of(4, 1), HALF_OPEN: size.of(4, 1),
        LOST_ANSWER: size.of(20, 3),
    }  # fmt: skip


def run(house: House, size: Size, ledger: Ledger) -> None:
    with house.stage("network") as stage, Proxy.open(stage.server.socket()) as proxy:
        # One worker beside those that suffer, so that what they lose is taken up.
        stage.hire(1)
        suffering = stage.hire(2, url=proxy.url)
        with Feeder.feeding(stage.server.url, LINE, per_second=size.of(60, 30)):
            pause(2.0)
            for fault, count in faults(size).items():
                for _ in range(count):
                    strike(fault, proxy, ledger)
                    all_work(stage, suffering, ledger, fault)
                say(f"network: {fault} ({ledger.fired.get(fault, 0)} of {count})")
        if invariants.settled(stage.outside, ledger, size.of(300, 60)):
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)
            invariants.effects(stage.outside, house.receiver, ledger, most_repeated=0.5)
        invariants.no_traceback(stage.troupe, ledger)


def strike(fault: str, proxy: Proxy, ledger: Ledger) -> None:
    """One fault; entered once it was seen."""
    if fault == RESET:
        happened = proxy.reset() > 0
    elif fault in (STALL, LONG_STALL):
        happened = proxy.stall() > 0
        pause(1.0 if fault == STALL else 6.0)
        proxy.resume()
    elif fault == HALF_OPEN:
        happened = proxy.go_deaf() > 0
    else:
        before = proxy.answers_lost
        proxy.lose_answer_to(SETTLEMENT)
        wait_until(lambda: proxy.answers_lost > before, 30, "a settlement passes the proxy")
        happened = True
    if happened:
        ledger.fire(fault)


def all_work(stage: Stage, suffering: list[Place], ledger: Ledger, fault: str) -> None:
    """Every worker behind the proxy executes steps again: none hangs."""
    for place in suffering:
        since = now(stage.outside)

        def works(pid: int = place.pid, since: float = since) -> bool:
            return bool(stage.outside.value(_ENDED_HERE, [since, str(pid)]) > 0)

        try:
            took = wait_until(works, 45, "a worker works again")
        except NotInTime as error:
            ledger.check("0 workers hang", False, f"{fault}: {place.name}: {error}")
        else:
            if took > 5:
                ledger.figure(f"{fault}: a worker worked again after {took:.0f} s")


SCENARIO = Scenario("network", faults, run)
