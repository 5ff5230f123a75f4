"""What becomes of a trigger that is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.kernel.firing import (
    MOST_CAUGHT_UP,
    MOST_FAILURES,
    MOST_WAITING,
    CatchUp,
    Claimed,
    Overlap,
    Target,
    check_policies,
    decide,
)
from tropeiro.kernel.route import make_route
from tropeiro.kernel.schedule import Schedule

NOW = datetime(2026, 5, 5, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TARGET = Target(
    name="w@1",
    route=make_route(
        {"schema": "tropeiro/v1", "steps": [{"id": "a", "uses": "core/set@1", "service": str(UUID(int=1))}]}
    ),
    project=None,
)


def claimed(*, late: timedelta = timedelta(seconds=30), every: timedelta = MINUTE, **fields: Any) -> Claimed:
    """A trigger that has been due since ``late`` ago."""
    due = NOW - late
    values: dict[str, Any] = {
        "id": UUID(int=7),
        "organization": UUID(int=8),
        "inputs": {},
        "schedule": Schedule(every_ms=every // timedelta(milliseconds=1), anchor=due),
        "overlap": Overlap.SKIP,
        "catch_up": CatchUp.LATEST,
        "grace_ms": 86_400_000,
        "next_at": due,
        "now": NOW,
        **fields,
    }
    return Claimed(**values)


def outcomes(trigger: Claimed) -> list[str]:
    return [str(firing.outcome) for firing in decide(trigger, TARGET).firings]


def test_what_is_due_on_time_starts_one_job_and_is_due_again_after_now() -> None:
    decision = decide(claimed(), TARGET)
    (firing,) = decision.firings
    assert firing.start is not None
    assert (firing.outcome, firing.missed, firing.start.trigger) == ("started", 0, "schedule")
    assert firing.start.trigger_id == UUID(int=7)
    assert decision.next_at == NOW + timedelta(seconds=30)
    assert decision.running == (firing.start.id,)


def test_what_is_not_due_starts_nothing() -> None:
    decision = decide(claimed(late=-MINUTE), TARGET)
    assert (decision.firings, decision.next_at) == ((), NOW + MINUTE)


def test_at_most_a_hundred_missed_runs_are_made_up_for() -> None:
    trigger = claimed(late=timedelta(hours=5), catch_up=CatchUp.ALL, overlap=Overlap.ALLOW)
    decision = decide(trigger, TARGET)
    assert len(decision.firings) == MOST_CAUGHT_UP
    assert decision.firings[-1].scheduled_for <= NOW
    assert len({firing.start.id for firing in decision.firings if firing.start}) == MOST_CAUGHT_UP


@pytest.mark.parametrize(("late", "outcome"), [(59, "started"), (61, "missed")])
def test_without_a_grace_period_a_minute_is_still_on_time(late: int, outcome: str) -> None:
    hour = timedelta(hours=1)
    assert outcomes(claimed(late=timedelta(seconds=late), every=hour, grace_ms=0)) == [outcome]
    assert outcomes(claimed(late=timedelta(seconds=late), every=hour, catch_up=CatchUp.NONE)) == [outcome]


def test_a_run_that_waits_goes_before_one_that_is_due_and_both_are_written() -> None:
    waits = NOW - timedelta(minutes=9)
    trigger = claimed(overlap=Overlap.QUEUE, waiting=(waits, NOW - timedelta(minutes=8)))
    decision = decide(trigger, TARGET)
    assert [(firing.scheduled_for, firing.outcome) for firing in decision.firings] == [
        (waits, "started"),
        (NOW - timedelta(seconds=30), "waiting"),
    ]


def test_a_full_queue_skips_what_comes_on_top() -> None:
    waiting = tuple(NOW - timedelta(hours=2) + MINUTE * n for n in range(MOST_WAITING))
    trigger = claimed(overlap=Overlap.QUEUE, waiting=waiting, running=(UUID(int=1),))
    (firing,) = decide(trigger, TARGET).firings
    assert (firing.outcome, firing.error and firing.error.code) == ("skipped", "queue_full")


def test_runs_that_may_overlap_are_not_kept_track_of() -> None:
    assert decide(claimed(overlap=Overlap.ALLOW), TARGET).running == ()


def test_a_failure_is_written_once_however_many_runs_it_concerns() -> None:
    trigger = claimed(late=timedelta(minutes=10), catch_up=CatchUp.ALL, overlap=Overlap.ALLOW)
    decision = decide(trigger, NotFound("It is gone.", hint="Bring it back."))
    (firing,) = decision.firings
    assert (firing.outcome, firing.missed, decision.failures) == ("failed", 10, 1)
    assert firing.error is not None
    assert firing.error.message == "It is gone. Bring it back."
    assert decision.paused is None
    assert decision.next_at is not None


def test_the_last_allowed_failure_in_a_row_pauses_the_trigger() -> None:
    decision = decide(claimed(failures=MOST_FAILURES - 1), NotFound("It is gone."))
    assert decision.paused is not None
    assert (decision.paused.code, decision.next_at) == ("not_found", None)


def test_a_run_that_is_skipped_does_not_ask_for_its_target() -> None:
    trigger = claimed(running=(UUID(int=1),), failures=2)
    decision = decide(trigger, NotFound("It is gone."))
    assert (decision.firings[0].outcome, decision.failures) == ("skipped", 2)


def test_all_missed_runs_together_with_skipping_overlaps_is_refused() -> None:
    with pytest.raises(InvalidInput, match="start together"):
        check_policies(Overlap.SKIP, CatchUp.ALL, 0)
    check_policies(Overlap.QUEUE, CatchUp.ALL, 0)
