"""Three schedulers stand by, 2,000 schedules are due at the same moment, and the one that leads is killed meanwhile."""

from __future__ import annotations

from chaos import invariants
from chaos.house import House, Stage
from chaos.leading import leader, stage_by_tcp
from chaos.ledger import Ledger, say
from chaos.outside import pause, wait_until
from chaos.scenario import Scenario, Size
from chaos.workloads import Desk

DUE, KILL = "schedules due in the same minute", "leader killed while schedules fire"
_SCHEDULES, _SCHEDULERS = 2_000, 3
_MAKE = """
INSERT INTO tropeiro_trigger (
    id, organization_id, project_id, name, service_id, target, inputs, every_ms, next_at, anchor_at)
SELECT gen_random_uuid(), s.organization_id, s.project_id, 'due-' || n, s.id, 'chaos/step', '{"n": 1}', 3600000, %s, %s
FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id, generate_series(1, %s) AS n
WHERE p.slug = 'chaos' AND s.name = 'step'
"""
_SOON = "SELECT clock_timestamp() + interval '1.5 seconds'"
_FIRED = "SELECT count(*) FROM tropeiro_firing WHERE scheduled_for = %s"
_RUNS = """
SELECT t.id, count(DISTINCT f.scheduled_for), count(DISTINCT j.id), min(f.outcome) FROM tropeiro_trigger t
LEFT JOIN tropeiro_firing f ON f.trigger_id = t.id AND f.scheduled_for = %s
LEFT JOIN tropeiro_job j ON j.trigger_id = t.id AND j.created_at >= %s
GROUP BY 1
"""
_LATENESS = """
SELECT extract(epoch FROM min(created_at) - %s)::float8, extract(epoch FROM max(created_at) - %s)::float8
FROM tropeiro_job WHERE trigger_id IS NOT NULL AND created_at >= %s - interval '1 minute'
"""


def faults(size: Size) -> dict[str, int]:
    return {DUE: 1, KILL: 1}


def run(house: House, size: Size, ledger: Ledger) -> None:
    with stage_by_tcp(house, "schedulers") as (stage, url):
        Desk(stage.outside)
        stage.hire(_SCHEDULERS, url=url)
        wait_until(lambda: leader(stage) is not None, 30, "one of them leads")
        for _ in range(size.of(5, 3)):
            if one_minute(stage, ledger):
                break
        if invariants.settled(stage.outside, ledger, 60):
            failed = stage.outside.rows(
                "SELECT state, count(*) FROM tropeiro_job WHERE state <> 'succeeded' GROUP BY 1"
            )
            ledger.check("every scheduled job succeeds", not failed, failed)
            invariants.nothing_twice(stage.outside, ledger)


def one_minute(stage: Stage, ledger: Ledger) -> bool:
    """Schedules that are all due at one moment, and a leader that dies over them. Whether it died in the middle."""
    stage.outside.rows("DELETE FROM tropeiro_trigger")
    moment = stage.outside.value(_SOON)
    stage.outside.rows(_MAKE, [moment, moment, _SCHEDULES])
    victim = leader(stage)
    wait_until(lambda: stage.outside.value("SELECT clock_timestamp() > %s", [moment]), 30, "they are due", nap=0.01)
    wait_until(lambda: stage.outside.value(_FIRED, [moment]) > 0, 30, "the first of them fire", nap=0.005)
    died = victim is not None and victim.kill()
    fired = stage.outside.value(_FIRED, [moment])
    say(f"schedulers: the leader died with {fired:,} of {_SCHEDULES:,} fired")
    wait_until(lambda: stage.outside.value(_FIRED, [moment]) >= _SCHEDULES, 60, "all of them fire")
    pause(2.0)
    wrong = [row for row in stage.outside.rows(_RUNS, [moment, moment]) if row[1:] != (1, 1, "started")]
    ledger.check("one schedule, one moment, one run", not wrong, f"{len(wrong)} wrong, such as {wrong[:2]}")
    early, late = stage.outside.rows(_LATENESS, [moment, moment, moment])[0]
    ledger.check("no schedule early", early >= 0, f"{early:.3f} s")
    ledger.check("no schedule later than a minute", late < 60, f"{late:.1f} s")
    stage.await_up(stage.troupe.places)
    if not died or fired >= _SCHEDULES:
        return False
    ledger.fire(KILL)
    ledger.fire(DUE)
    ledger.figure(
        f"{_SCHEDULES:,} schedules, leader killed after {fired:,}, all started {late:.1f} s after their moment"
    )
    return True


SCENARIO = Scenario("schedulers", faults, run)
