"""A transaction is left open elsewhere, so that nothing it could see may be cleaned up; the work must not mind."""

from __future__ import annotations

import re
import statistics

import psycopg

from chaos import invariants
from chaos.house import House, Stage
from chaos.ledger import Ledger
from chaos.outside import pause
from chaos.pace import Feeder, ends_since, now, rate
from chaos.scenario import Scenario, Size
from chaos.workloads import STEPS

IDLE = "transaction left open"
_CLAIM_MS, _SHARE = 50.0, 0.9
_CLAIM = re.compile(r"^([0-9.]+) .*duration: ([0-9.]+) ms  execute .*lease")
_SETTINGS = {"log_min_duration_statement": "0", "log_filename": "'statements.log'", "log_line_prefix": "'%n '"}
_AGE = """
SELECT extract(epoch FROM clock_timestamp() - xact_start)::float8 FROM pg_stat_activity
WHERE application_name = 'somebody else' AND state = 'idle in transaction'
"""


def faults(size: Size) -> dict[str, int]:
    return {IDLE: 1}


def run(house: House, size: Size, ledger: Ledger) -> None:
    pace, seconds = size.of(150, 60), size.of(600, 20)
    with house.stage("idle", _SETTINGS) as stage:
        stage.hire(2)
        with Feeder.feeding(stage.server.url, STEPS, per_second=pace):
            pause(3.0)
            begin = now(stage.outside)
            pause(size.of(30, 5))
            usual = claims(stage, begin, now(stage.outside))
            ledger.figure(f"before: {len(usual)} claims, p99 {p99(usual):.1f} ms")
            with psycopg.connect(stage.server.url, application_name="somebody else") as other:
                other.execute("SET idle_in_transaction_session_timeout = 0")
                # It has a snapshot of everything, and a number of its own.
                other.execute("SELECT pg_current_xact_id(), count(*) FROM tropeiro_packet")
                begin = now(stage.outside)
                pause(seconds)
                end = now(stage.outside)
                if stage.outside.value(_AGE) >= seconds:
                    ledger.fire(IDLE)
                other.rollback()
            seen = claims(stage, begin, end)
            share = rate(ends_since(stage.outside, begin), begin, end) / pace
            ledger.figure(
                f"during {seconds} s: {len(seen)} claims, p99 {p99(seen):.1f} ms, {share:.0%} of {pace} jobs/s"
            )
            ledger.check(f"claim p99 ≤ {_CLAIM_MS:.0f} ms", p99(seen) <= _CLAIM_MS, f"{p99(seen):.1f} ms")
            ledger.check(f"throughput ≥ {_SHARE:.0%}", share >= _SHARE, f"{share:.0%}")
        if invariants.settled(stage.outside, ledger, 60):
            invariants.nothing_lost(stage.outside, ledger)
        invariants.no_traceback(stage.troupe, ledger)


def claims(stage: Stage, begin: float, end: float) -> list[float]:
    """Milliseconds of every claim between two moments, as the server's own log tells them."""
    found = []
    with (stage.server.cluster / "log" / "statements.log").open(errors="replace") as log:
        for line in log:
            hit = _CLAIM.match(line)
            if hit and begin <= float(hit.group(1)) <= end:
                found.append(float(hit.group(2)))
    return found


def p99(values: list[float]) -> float:
    """The 99th percentile; infinite when there are too few to tell."""
    return statistics.quantiles(values, n=100)[98] if len(values) > 20 else float("inf")


SCENARIO = Scenario("idle", faults, run, measures=True)
