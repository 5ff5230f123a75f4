"""Retries inside of retries multiply: a bound on what a document may ask for."""

from __future__ import annotations

from tropeiro.kernel.problems import Findings
from tropeiro.kernel.wording import grouped, says
from tropeiro.kernel.workflow import Step, StepList

MAX_TRIES = 1_000_000
"""Tries of one step, those of all groups around it multiplied. Every one is told from the others by its round."""


def check_nested_retries(steps: list[Step], lists: list[StepList], findings: Findings) -> None:
    """Note every step whose tries multiply to more than `MAX_TRIES`; ``steps`` are in document order."""
    tries: list[int] = []
    for step in steps:
        owner = lists[step.home].owner
        around = 1 if owner is None else tries[owner]
        own = step.retry.attempts if step.retry is not None else 1
        tries.append(around * own)
        if tries[-1] > MAX_TRIES >= around:
            findings.add(
                "out_of_range",
                f"{step.pointer}/retry/attempts",
                says(
                    "the retries around it multiply its own to {tries} tries; the limit is {max_tries}",
                    tries=grouped(tries[-1]),
                    max_tries=grouped(MAX_TRIES),
                ),
                says("Try fewer times, or only in one of the groups."),
            )
