"""What must be true afterwards, asked in plain SQL that knows the tables and none of the product's statements."""

from __future__ import annotations

from collections import Counter

from chaos.ledger import Ledger
from chaos.outside import NotInTime, Outside, wait_until
from chaos.receiver import Receiver
from chaos.workers import Troupe

_UNFINISHED = """
SELECT count(*) FROM chaos_job c LEFT JOIN tropeiro_job j ON j.id = c.id
WHERE j.id IS NULL OR j.finished_at IS NULL
"""
_LOST = "SELECT count(*) FROM chaos_job c WHERE NOT EXISTS (SELECT FROM tropeiro_job j WHERE j.id = c.id)"
_STUCK = """
SELECT count(*), min(j.id::text), string_agg(DISTINCT j.state, ',') FROM tropeiro_job j WHERE j.finished_at IS NULL
"""
_ASTRAY = """
SELECT j.name, j.state, c.state, count(*), min(j.error::text), min(j.id::text)
FROM chaos_job c JOIN tropeiro_job j ON j.id = c.id WHERE j.state <> c.state AND j.finished_at IS NOT NULL
GROUP BY 1, 2, 3
"""
_LEFT = """
SELECT (SELECT count(*) FROM tropeiro_packet), (SELECT count(*) FROM tropeiro_join),
    (SELECT count(*) FROM tropeiro_arrival)
"""
_TWICE = """
SELECT job_id, path, round, count(*) FROM tropeiro_step WHERE state = 'succeeded' GROUP BY 1, 2, 3 HAVING count(*) > 1
"""
_USAGE_TWICE = "SELECT job_id, path, round, count(*) FROM tropeiro_usage GROUP BY 1, 2, 3 HAVING count(*) > 1"
_USAGE_OF_JOBS = """
SELECT c.kind, c.billable, coalesce(u.n, 0), count(*), min(c.id::text) FROM chaos_job c
LEFT JOIN (
    SELECT j.root_job_id AS id, count(*) AS n FROM tropeiro_usage u JOIN tropeiro_job j ON j.id = u.job_id GROUP BY 1
) u ON u.id = c.id
WHERE c.state = 'succeeded' AND c.billable <> coalesce(u.n, 0) GROUP BY 1, 2, 3
"""
_USAGE_UNEARNED = """
SELECT u.job_id, u.path, u.round FROM tropeiro_usage u WHERE NOT EXISTS (
    SELECT FROM tropeiro_step s
    WHERE s.job_id = u.job_id AND s.path = u.path AND s.round = u.round AND s.attempt = u.attempt
      AND s.state = 'succeeded')
LIMIT 5
"""
_EFFECTS = "SELECT c.id::text, c.plain, c.keyed FROM chaos_job c WHERE c.plain + c.keyed > 0"


def settled(outside: Outside, ledger: Ledger, seconds: float) -> bool:
    """Every job that was started comes to an end in time."""
    try:
        wait_until(lambda: outside.value(_UNFINISHED) == 0, seconds, "every job ends")
    except NotInTime:
        stuck = outside.rows(_STUCK)
        where = outside.rows("SELECT state, path, wait_kind, hold, count(*) FROM tropeiro_packet GROUP BY 1, 2, 3, 4")
        ledger.check("0 jobs stuck", False, f"{stuck} after {seconds:g} s; packets: {where}")
        return False
    ledger.check("0 jobs stuck", outside.value(_STUCK) == 0, outside.rows(_STUCK))
    return True


def nothing_lost(outside: Outside, ledger: Ledger) -> None:
    """Jobs are there, came to what they had to, and left nothing behind."""
    ledger.check("0 jobs lost", outside.value(_LOST) == 0, outside.value(_LOST))
    astray = outside.rows(_ASTRAY)
    ledger.check("jobs end as they must", not astray, astray)
    left = outside.rows(_LEFT)[0]
    ledger.check("nothing left of packets, joins, arrivals", left == (0, 0, 0), left)


def nothing_twice(outside: Outside, ledger: Ledger) -> None:
    """No step succeeded twice, and there is exactly one usage record for each settled billable step."""
    twice = outside.rows(_TWICE + " LIMIT 5")
    ledger.check("0 steps succeeded twice", not twice, twice)
    if outside.value("SELECT to_regclass('tropeiro_usage') IS NULL"):
        return
    usage = outside.rows(_USAGE_TWICE + " LIMIT 5")
    ledger.check("0 duplicate usage records", not usage, usage)
    wrong = outside.rows(_USAGE_OF_JOBS)
    ledger.check("one usage record for each settled billable step", not wrong, wrong)
    unearned = outside.rows(_USAGE_UNEARNED)
    ledger.check("no usage record without its step", not unearned, unearned)


def effects(outside: Outside, receiver: Receiver, ledger: Ledger, *, most_repeated: float) -> None:
    """Effects outside: at least one of each; repeated ones at most a share, and none where the key is honoured."""
    booked = outside.rows(_EFFECTS)
    jobs = {row[0] for row in booked}
    for place, expected in (("plain", sum(row[1] for row in booked)), ("keyed", sum(row[2] for row in booked))):
        seen = Counter(one.key for one in receiver.of(jobs, place))
        repeated = sum(seen.values()) - len(seen)
        share = repeated / expected if expected else 0.0
        ledger.figure(f"{place}: {expected:,} effects, {repeated} requests repeated ({share:.2%})")
        ledger.check(
            f"{place}: every effect under one key", len(seen) == expected, f"{len(seen)} keys, {expected} steps"
        )
        if place == "plain":
            ledger.check(f"repeated effects ≤ {most_repeated:.0%}", share <= most_repeated, f"{repeated} of {expected}")
        else:
            done = sum(receiver.done[key] for key in seen)
            ledger.check("0 repeated effects where the key is honoured", done == expected, f"{done} of {expected}")


def no_traceback(troupe: Troupe, ledger: Ledger) -> None:
    """No worker met with what it did not expect."""
    said = troupe.said()
    where = said.find("Traceback")
    ledger.check("no worker logged an unexpected error", where < 0, said[max(0, where - 300) : where + 1500])
