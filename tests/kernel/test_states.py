"""The states, and that the documentation draws exactly the transitions that are legal."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from tropeiro.kernel.states import (
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    STEP_TRANSITIONS,
    JobState,
    StepState,
    can_become,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "states.md"
ARROW = re.compile(r"(\w+|\[\*\]) --> (\w+|\[\*\])")

Transitions = set[tuple[str, str]]


def drawn(heading: str) -> tuple[Transitions, set[str], set[str]]:
    """Transitions, first states and final states of the diagram under a heading."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1]
    diagram = text.split("```mermaid\n", 1)[1].split("```", 1)[0]
    assert diagram.startswith("stateDiagram-v2\n")
    lines = [line.strip() for line in diagram.splitlines()[1:] if line.strip()]
    arrows = [found.groups() for line in lines if (found := ARROW.fullmatch(line))]
    assert len(arrows) == len(lines), "every line of the diagram is one arrow"
    assert len(set(arrows)) == len(arrows), "an arrow is drawn once"
    first = {after for before, after in arrows if before == "[*]"}
    final = {before for before, after in arrows if after == "[*]"}
    return {(a, b) for a, b in arrows if "[*]" not in (a, b)}, first, final


def legal(transitions: dict[JobState, frozenset[JobState]] | dict[StepState, frozenset[StepState]]) -> Transitions:
    return {(str(before), str(after)) for before, following in transitions.items() for after in following}


@pytest.mark.parametrize(
    ("heading", "states", "transitions"), [("Jobs", JobState, JOB_TRANSITIONS), ("Steps", StepState, STEP_TRANSITIONS)]
)
def test_the_documentation_draws_exactly_the_legal_transitions(
    heading: str, states: type[StrEnum], transitions: dict[JobState, frozenset[JobState]]
) -> None:
    arrows, first, final = drawn(heading)
    assert arrows == legal(transitions)
    assert first == {"queued"}
    assert final == {str(state) for state, following in transitions.items() if not following}
    assert set(transitions) == set(states)


@pytest.mark.parametrize("heading", ["Jobs", "Steps"])
def test_the_documentation_says_what_every_state_means(heading: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert explained == {str(state) for state in (JobState if heading == "Jobs" else StepState)}


@pytest.mark.parametrize("before", JobState)
@pytest.mark.parametrize("after", JobState)
def test_a_job_may_become_what_the_table_says_and_nothing_else(before: JobState, after: JobState) -> None:
    assert can_become(before, after) is (after in JOB_TRANSITIONS[before])


@pytest.mark.parametrize("state", JobState)
def test_nothing_becomes_what_it_is(state: JobState) -> None:
    assert not can_become(state, state)


def test_what_is_over_stays_over() -> None:
    assert {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT} == FINAL_JOB_STATES
    assert not any(can_become(over, after) for over in FINAL_JOB_STATES for after in JobState)


@pytest.mark.parametrize("state", [state for state in JobState if state not in FINAL_JOB_STATES])
def test_every_job_can_be_cancelled_until_it_is_over(state: JobState) -> None:
    assert can_become(state, JobState.CANCELLED)


@pytest.mark.parametrize(("transitions", "states"), [(JOB_TRANSITIONS, JobState), (STEP_TRANSITIONS, StepState)])
def test_every_state_can_be_reached_and_left_for_an_end(
    transitions: dict[str, frozenset[str]], states: type[StrEnum]
) -> None:
    reached = {"queued"}
    while more := {after for state in reached for after in transitions[state]} - reached:
        reached |= more
    assert reached == {str(state) for state in states}
    ends = {state for state, following in transitions.items() if not following}
    assert all(transitions[state] & ends for state in states if state not in ends)


def test_a_step_is_a_job_that_can_also_be_skipped() -> None:
    assert {str(state) for state in StepState} - {str(state) for state in JobState} == {"skipped"}
