"""The storm: much work of every kind, while workers are killed and frozen and the server is stopped at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import chain

from chaos import invariants
from chaos.house import House, Stage
from chaos.leading import leader, stage_by_tcp
from chaos.ledger import Ledger, say
from chaos.outside import NotInTime, pause, wait_until
from chaos.scenario import Scenario, Size
from chaos.workers import Place
from chaos.workloads import FAMILY, FAN, LINE, Desk
from chaos.zombies import Late, Zombie

KILL, FREEZE, CRASH = (
    "SIGKILL of a worker that holds packets",
    "SIGSTOP beyond the lease, then SIGCONT",
    "immediate stop",
)
LEADER, LATE = "SIGSTOP of the leader of the duties", "settlement of a worker given up"
_WORKERS = 3
_MIX = ((LINE, 12), (FAN, 2), (FAMILY, 2))
"""Of each kind, how many jobs a round has; a round is 26 packets."""
_ROUND = sum(kind.packets * count for kind, count in _MIX)
_AHEAD = 300
_LATE_AT_ONCE = 8
_DONE = "SELECT count(*) FROM tropeiro_job j JOIN chaos_job c ON c.id = j.id WHERE j.finished_at IS NOT NULL"
_HOLDING = """
SELECT w.pid, count(*) FROM tropeiro_worker w JOIN tropeiro_packet p ON p.worker_id = w.id AND p.state = 'leased'
WHERE w.state = 'up' AND w.pid = ANY (%s) GROUP BY 1 ORDER BY 2 DESC
"""
_GIVEN_UP = "SELECT count(*) FROM tropeiro_worker WHERE pid = %s AND state = 'lost'"


def faults(size: Size) -> dict[str, int]:
    return {KILL: size.of(20, 4), FREEZE: size.of(9, 1), LEADER: 1, CRASH: size.of(3, 1), LATE: size.of(40, 8)}


def run(house: House, size: Size, ledger: Ledger) -> None:
    rounds = size.of(50_000, 1_500) // _ROUND
    with stage_by_tcp(house, "storm") as (stage, url):
        desk = Desk(stage.outside)
        stage.hire(_WORKERS, url=url, TROPEIRO_CONCURRENCY="32")
        storm = Storm(stage, desk, ledger)
        acts = storm.acts(size)
        every = rounds / (len(acts) + 1)
        began = time.monotonic()
        for number in range(1, rounds + 1):
            for kind, count in _MIX:
                desk.start(kind, count)
            storm.keep_pace()
            # Spread over the whole run, so that each finds work under way.
            while acts and number >= every * (storm.acted + 1):
                storm.acted += 1
                acts.pop()()
        say(f"storm: {len(desk.started):,} jobs are started, every fault has had its turn")
        if invariants.settled(stage.outside, ledger, 120):
            ledger.figure(f"{rounds * _ROUND:,} packets in {time.monotonic() - began:.0f} s")
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)
            # In the short storm the faults come more than ten times as often.
            most = 0.02 if size.full else 0.2
            invariants.effects(stage.outside, house.receiver, ledger, most_repeated=most)
        ledger.check("0 stale commits accepted", storm.late.believed == 0, storm.late)
        invariants.no_traceback(stage.troupe, ledger)


class Storm:
    """What is done to the workers and to the server."""

    def __init__(self, stage: Stage, desk: Desk, ledger: Ledger) -> None:
        self._stage, self._desk, self._ledger = stage, desk, ledger
        self._chance = random.Random(20)
        self.late = Late()
        self.acted = 0

    def acts(self, size: Size) -> list[Callable[[], None]]:
        """All faults in an order that chance decides, the same in every run."""
        of = {
            KILL: self.kill, FREEZE: self.freeze, LEADER: self.freeze_leader, CRASH: self.crash, LATE: self.late_words,
        }  # fmt: skip
        planned = faults(size)
        planned[LATE] //= _LATE_AT_ONCE
        acts = list(chain.from_iterable([of[name]] * count for name, count in planned.items()))
        self._chance.shuffle(acts)
        return acts

    def keep_pace(self) -> None:
        """Not more jobs than the workers will be at for a few seconds."""
        wait_until(
            lambda: len(self._desk.started) - self._stage.outside.value(_DONE) <= _AHEAD, 120, "the workers keep pace"
        )

    def kill(self) -> None:
        if self._busiest().kill():
            self._ledger.fire(KILL)
        self._said(KILL)

    def freeze(self) -> None:
        self._freeze(self._busiest(), FREEZE)

    def freeze_leader(self) -> None:
        place = leader(self._stage)
        if place is not None:
            self._freeze(place, LEADER)

    def crash(self) -> None:
        before = self._stage.server.postmaster()
        self._stage.server.stop_immediately()
        pause(1.0)
        self._stage.server.start()
        if self._stage.server.postmaster() != before:
            self._ledger.fire(CRASH)
        self._said(CRASH)

    def late_words(self) -> None:
        zombie = Zombie(self._stage.server.url, self._stage.data)
        self._desk.start(LINE, 2 * _LATE_AT_ONCE)
        late = zombie.outlive(self._stage.outside, _LATE_AT_ONCE, self._desk.services["step"])
        self.late += late
        self._ledger.fire(LATE, late.said)
        self._said(LATE)

    def _freeze(self, place: Place, fault: str) -> None:
        """Until the others have given it up; then it wakes with everything it had in hand."""
        pid = place.freeze()
        given_up = self._stage.outside.value(_GIVEN_UP, [pid])
        self._desk.start(LINE, 50)
        try:
            wait_until(lambda: self._stage.outside.value(_GIVEN_UP, [pid]) > given_up, 40, "the frozen is given up")
        except NotInTime as error:
            self._ledger.check("a frozen worker is given up", False, f"{fault}: {error}")
            place.thaw(pid)
            return
        if place.thaw(pid):
            self._ledger.fire(fault)
        self._said(fault)

    def _busiest(self) -> Place:
        found: list[Place] = []

        def look() -> bool:
            places = {place.pid: place for place in self._stage.troupe.places if place.alive}
            found[:] = [places[row[0]] for row in self._stage.outside.rows(_HOLDING, [list(places)])]
            return bool(found)

        self._desk.start(LINE, 50)
        wait_until(look, 60, "a worker holds packets")
        return found[0]

    def _said(self, fault: str) -> None:
        say(f"storm: {fault} ({self._ledger.fired.get(fault, 0)} of {self._ledger.planned[fault]})")


SCENARIO = Scenario("storm", faults, run)
