"""Churn: jobs come and go by the million, and the queue's table and indexes stay as small as their content."""

from __future__ import annotations

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger, say
from chaos.outside import wait_until
from chaos.scenario import Scenario, Size
from chaos.workloads import ONE, STEPS, Desk

CHURN = "jobs come and gone"
_AHEAD = 20_000
"""How many jobs wait at any time."""
_MOST = 3.0
_SIZES = "SELECT pg_table_size('tropeiro_packet'), pg_indexes_size('tropeiro_packet')"
_DONE = "SELECT n_tup_del FROM pg_stat_user_tables WHERE relname = 'tropeiro_packet'"


def faults(size: Size) -> dict[str, int]:
    return {CHURN: 1}


def run(house: House, size: Size, ledger: Ledger) -> None:
    count = size.of(1_000_000, 20_000)
    with house.stage("churn") as stage:
        desk = Desk(stage.outside)
        fresh = fresh_size(stage, desk)
        stage.hire(2)
        step = _AHEAD // 10
        while len(desk.started) < count + _AHEAD:
            wait_until(lambda: waiting(stage) <= _AHEAD - step, 120, "the workers keep pace")
            desk.start(ONE if len(desk.started) % (4 * step) else STEPS, step)
            if len(desk.started) % (count // 4) < step:
                say(f"churn: {len(desk.started):,} jobs, table and indexes {sizes(stage)}")
        worn = sizes(stage)
        for part, before, after in zip(("table", "indexes"), fresh, worn, strict=True):
            ledger.figure(f"{part}: {before / 1e6:.1f} MB fresh, {after / 1e6:.1f} MB after ({after / before:.1f} ×)")
            ledger.check(f"{part} ≤ {_MOST:g} × fresh", after <= _MOST * before, f"{after / before:.2f}")
        if invariants.settled(stage.outside, ledger, 120):
            invariants.nothing_lost(stage.outside, ledger)
            invariants.nothing_twice(stage.outside, ledger)
        # The statistics arrive a moment later.
        wait_until(lambda: stage.outside.value(_DONE) >= count, 30, "the database has counted them")
        ledger.fire(CHURN)


def fresh_size(stage: Stage, desk: Desk) -> tuple[int, int]:
    """Bytes of the table and of its indexes with as many packets as will wait all the time, and none before them."""
    desk.start(ONE, _AHEAD)
    return sizes(stage)


def sizes(stage: Stage) -> tuple[int, int]:
    """Bytes of the queue's table and of its indexes."""
    table, indexes = stage.outside.rows(_SIZES)[0]
    return int(table), int(indexes)


def waiting(stage: Stage) -> int:
    """Packets in the queue."""
    return int(stage.outside.value("SELECT count(*) FROM tropeiro_packet"))


SCENARIO = Scenario("churn", faults, run)
