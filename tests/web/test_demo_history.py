"""The demonstration's history, before it is written anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tropeiro.kernel.states import FINAL_JOB_STATES, JobState, StepState
from tropeiro.web.demo.courses import COURSES, Course
from tropeiro.web.demo.history import Subject, Told, history

NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
SOME = UUID("00000000-0000-7000-8000-000000000001")
each_course = pytest.mark.parametrize("course", COURSES, ids=lambda course: course.reference)


def _told(course: Course, seed: int = 7, days: int = 9) -> list[Told]:
    ids = {key for move in course.moves for key in (move.id, f"{move.id}[]", move.inner) if key}
    subject = Subject(
        course=course,
        label=f"{course.reference}@1",
        organization=SOME,
        project=None,
        workflow_version=SOME,
        service_version=None,
        route_digest="d",
        numbers={key: number for number, key in enumerate(sorted(ids))},
        uses=dict.fromkeys(ids, "demo/x/y@1"),
        versions=dict.fromkeys(ids, SOME),
    )
    return list(history(subject, now=NOW, seed=seed, days=days))


@each_course
def test_the_same_seed_tells_the_same_history_and_another_one_another(course: Course) -> None:
    assert _told(course) == _told(course)
    assert _told(course) != _told(course, seed=8)


@each_course
def test_jobs_are_over_within_the_days_asked_for_and_their_ids_say_when_they_began(course: Course) -> None:
    for told in _told(course):
        id_, state, created, finished = told.job[0], told.job[7], told.job[12], told.job[14]
        assert NOW - timedelta(days=10) <= created <= finished <= NOW
        assert JobState(state) in FINAL_JOB_STATES
        assert id_.version == 7
        assert id_.int >> 80 == int(created.timestamp() * 1_000)


@each_course
def test_steps_lie_within_their_job_and_only_what_succeeded_is_billed(course: Course) -> None:
    for told in _told(course):
        succeeded = set()
        for _job, _org, path, _round, attempt, _n, state, _uses, begun, ended, _input, _output, error in told.steps:
            assert told.job[12] <= begun <= ended <= told.job[14] + timedelta(milliseconds=2)
            assert (StepState(state) in (StepState.FAILED, StepState.TIMED_OUT)) == (error is not None)
            if error is None:
                succeeded.add((path, attempt))
        assert {(row[1], row[3]) for row in told.usage} <= succeeded


@each_course
def test_a_job_whose_time_was_up_shows_the_call_that_was_under_way_and_a_cancelled_one_too(course: Course) -> None:
    ends = {"timed_out": 0, "cancelled": 0}
    for told in _told(course, days=90):
        state, error, finished = told.job[7], told.job[11], told.job[14]
        if state not in ends:
            continue
        ends[state] += 1
        cut = {path: ended for _j, _o, path, _r, _a, _n, was, _u, _b, ended, *_ in told.steps if was == state}
        assert finished in cut.values()
        if state == "timed_out":
            assert error["code"] == "timeout"
            assert error["path"] in cut
    assert ends["cancelled"]


@each_course
def test_a_failed_job_names_its_cause_and_a_successful_one_has_none(course: Course) -> None:
    for told in _told(course, days=30):
        state, output, error = told.job[7], told.job[10], told.job[11]
        assert (state == "succeeded") == (output is not None)
        if state == "failed":
            assert error["message"]
            assert error["code"]
