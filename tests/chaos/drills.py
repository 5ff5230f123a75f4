"""Drills: small, targeted runs of seconds, each aimed at one guard. The harness holds mutants against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import psycopg

from chaos import invariants
from chaos.house import Stage
from chaos.ledger import Ledger
from chaos.outside import pause, wait_until
from chaos.proxy import SETTLEMENT, Proxy
from chaos.workers import Place
from chaos.workloads import FAMILY, FAN, LINE, STEPS, Desk, Kind, call, following
from chaos.zombies import Zombie

_SECONDS = 60.0
_CROWD = 4
_LOST = "SELECT count(*) FROM tropeiro_worker WHERE pid = %s AND state = 'lost'"
_SLOW = Kind("slow", [call("a", "plain", ms=5_000), following("b", "plain", "a")], 2, plain=2)
_EFFECTS = Kind(
    "effects", [call("e0", "plain", n=0), *(following(f"e{i}", "plain", f"e{i - 1}") for i in range(1, 12))], 12,
    plain=12,
)  # fmt: skip
_DEATH = Kind("death", [call("end", "kill_worker")], 0, state="failed")
_WAIT_SECONDS = 3
_WAITING = Kind(
    "waiting",
    [call("a", "plain", n=0), {"id": "nap", "wait": f"{_WAIT_SECONDS}s"}, call("b", "plain", n=0)],
    2,
    plain=2,
)


@dataclass(frozen=True)
class Drill:
    """A name, and what is done; it enters what held and what broke."""

    name: str
    run: Callable[[Stage, Ledger], None]


def _ended_well(stage: Stage, ledger: Ledger, *, most_repeated: float = 0.0, seconds: float = _SECONDS) -> None:
    if invariants.settled(stage.outside, ledger, seconds):
        invariants.nothing_lost(stage.outside, ledger)
        invariants.nothing_twice(stage.outside, ledger)
        invariants.effects(stage.outside, stage.house.receiver, ledger, most_repeated=most_repeated)
    invariants.no_traceback(stage.troupe, ledger)


def calm(stage: Stage, ledger: Ledger) -> None:
    """Nothing happens but work, with several workers that all want it: nothing is executed twice."""
    desk = Desk(stage.outside)
    desk.start(LINE, 150)
    desk.start(FAN, 20)
    desk.start(FAMILY, 20)
    stage.hire(3, TROPEIRO_CONCURRENCY="16")
    # Longer than a lease: its worker lives, so it is nobody's to rescue.
    desk.start(_SLOW, 4)
    _ended_well(stage, ledger)


def words_too_late(stage: Stage, ledger: Ledger) -> None:
    """A worker repeats itself, another speaks for somebody else, a third was given up: none is believed."""
    desk = Desk(stage.outside)
    desk.start(STEPS, 12)
    zombie = Zombie(stage.server.url, stage.data)
    step = desk.services["step"]
    late = zombie.repeat(3, step) + zombie.pretend(3, step)
    stage.hire(1)
    desk.start(STEPS, 3)
    _ended_well(stage, ledger)
    ledger.check("0 stale commits accepted", late.believed == 0, late)


def crowd(stage: Stage, ledger: Ledger) -> None:
    """Many ask for the same packets at the same moment: each packet is given to one of them."""
    desk = Desk(stage.outside)
    desk.start(STEPS, 20)
    zombie = Zombie(stage.server.url, stage.data)
    with ThreadPoolExecutor(_CROWD) as pool, psycopg.connect(stage.server.url) as holding:
        # While somebody holds the rows, all who ask stand in a line, and go on together.
        holding.execute("SELECT FROM tropeiro_packet ORDER BY id FOR UPDATE")
        asked = [pool.submit(zombie.grab, 20) for _ in range(_CROWD)]
        wait(asked, timeout=2.0)
        holding.rollback()
        given = Counter(packet for one in asked for packet in one.result())
        given.update(packet for one in pool.map(zombie.grab, [20] * _CROWD) for packet in one)
    twice = [packet for packet, count in given.items() if count > 1]
    ledger.check("no packet is given to two", not twice, f"{len(twice)} of {len(given)} packets")
    ledger.check("every packet is given to somebody", len(given) == 20, len(given))
    stage.hire(1)
    _ended_well(stage, ledger)


def lost_answers(stage: Stage, ledger: Ledger) -> None:
    """Settlements are written and their answers lost, so that the worker sends them again."""
    desk = Desk(stage.outside)
    with Proxy.open(stage.server.socket()) as proxy:
        stage.hire(1, url=proxy.url)
        for lost in range(3):
            proxy.lose_answer_to(SETTLEMENT)
            desk.start(STEPS, 5)
            wait_until(lambda lost=lost: proxy.answers_lost > lost, 20, "a settlement passes the proxy")  # type: ignore[misc]
        _ended_well(stage, ledger)


def no_haste(stage: Stage, ledger: Ledger) -> None:
    """The database is silent while jobs run: nobody gets further than the one step that was under way."""
    desk = Desk(stage.outside)
    with Proxy.open(stage.server.socket()) as proxy:
        stage.hire(1, url=proxy.url, TROPEIRO_LEASE_SECONDS="15")
        desk.start(_EFFECTS, 40)
        receiver = stage.house.receiver
        jobs = {str(one) for one in desk.started}
        wait_until(lambda: len(receiver.of(jobs)) > 60, 20, "effects are seen")
        proxy.stall()
        pause(0.3)
        before = len(receiver.effects)
        pause(2.0)
        during = Counter(one.job for one in receiver.effects[before:] if one.job in jobs)
        proxy.resume()
        ahead = {job: count for job, count in during.items() if count > 1}
        ledger.check("no step begins before the one before it is on record", not ahead, f"{len(ahead)} jobs ran ahead")
        _ended_well(stage, ledger)


def poison(stage: Stage, ledger: Ledger) -> None:
    """A packet kills whoever executes it: it is set aside after five times, and nothing else is."""
    desk = Desk(stage.outside)
    places = stage.hire(2)
    desk.start(_DEATH)
    desk.start(STEPS, 20)
    failed = "SELECT state = 'failed' FROM tropeiro_job WHERE name = 'chaos/death'"

    def died() -> int:
        return sum(len(place.ends) for place in places)

    wait_until(lambda: died() > 5 or stage.outside.value(failed), 120, "the poison is set aside")
    ledger.check("poison is set aside within 5 attempts", died() <= 5, f"{died()} workers died")
    stage.await_up(places)
    _ended_well(stage, ledger)


def frozen(stage: Stage, ledger: Ledger) -> None:
    """A worker stands still beyond its lease and wakes: what it says is late, and it works again."""
    desk = Desk(stage.outside)
    stage.hire(1)
    (place,) = stage.hire(1)
    desk.start(replace(_SLOW, name="held"), 4)
    wait_until(lambda: len(stage.house.receiver.of({str(one) for one in desk.started})) >= 4, 20, "calls under way")
    pid = place.freeze()
    wait_until(lambda: stage.outside.value(_LOST, [pid]) > 0, 30, "the frozen worker is given up")
    place.thaw(pid)
    pause(1.0)
    desk.start(STEPS, 5)
    _works_again(stage, place, ledger, desk)
    _ended_well(stage, ledger, most_repeated=1.0)


def _works_again(stage: Stage, place: Place, ledger: Ledger, desk: Desk) -> None:
    stage.troupe.places[0].leave()
    desk.start(STEPS, 5)
    settled = invariants.settled(stage.outside, Ledger("aside"), 15)
    ledger.check("0 workers hang", settled, f"{place.name} takes nothing after it was frozen")


def punctual(stage: Stage, ledger: Ledger) -> None:
    """Waits end neither early nor much too late, by a clock of the world outside."""
    desk = Desk(stage.outside)
    stage.hire(1)
    desk.start(_WAITING, 20)
    _ended_well(stage, ledger)
    seen: dict[str, list[float]] = {}
    for one in stage.house.receiver.of({str(job) for job in desk.started}):
        seen.setdefault(one.job, []).append(one.at)
    gaps = [max(times) - min(times) for times in seen.values()]
    ledger.check("nothing early", min(gaps) >= _WAIT_SECONDS - 0.05, f"{min(gaps):.2f} s")
    ledger.check("nothing late", max(gaps) <= _WAIT_SECONDS + 3, f"{max(gaps):.2f} s")


def killed(stage: Stage, ledger: Ledger) -> None:
    """A worker is killed with jobs of every kind in hand: others take them up."""
    desk = Desk(stage.outside)
    first, _ = stage.hire(2)
    desk.start(_SLOW, 6)
    wait_until(lambda: len(stage.house.receiver.of({str(one) for one in desk.started})) >= 6, 20, "calls under way")
    first.kill()
    desk.start(FAN, 5)
    desk.start(FAMILY, 5)
    _ended_well(stage, ledger, most_repeated=1.0)


CALM, LATE, LOST, HASTE = (
    Drill("calm", calm), Drill("words too late", words_too_late), Drill("lost answers", lost_answers),
    Drill("no haste", no_haste),
)  # fmt: skip
POISON, FROZEN, PUNCTUAL, KILLED = (
    Drill("poison", poison), Drill("frozen", frozen), Drill("punctual", punctual), Drill("killed", killed),
)  # fmt: skip
CROWD = Drill("crowd", crowd)
ALL = (CALM, CROWD, LATE, LOST, HASTE, POISON, FROZEN, PUNCTUAL, KILLED)
