"""One job on the page of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from tropeiro.cli.output import print_line
from tropeiro.cli.step_lines import MARKS, detail, took
from tropeiro.cli.tables import print_table
from tropeiro.web.jobs.approvals import Approval
from tropeiro.web.jobs.queries import JobDetails
from tropeiro.web.jobs.steps import StepRow
from tropeiro.web.jobs.values import Shown

LONGEST = 2_000
"""Characters of a value; the whole of it comes with --json."""


def print_details(job: JobDetails, rows: Sequence[StepRow], asked: Sequence[Approval]) -> None:
    """What it is, how it stands, its steps, and its values."""
    print_line(f"{job.name}  {job.state}")
    # The cause comes before everything else that one might want to know.
    if job.error:
        at = f" at {job.error['path']}" if job.error.get("path") else ""
        print_line(f"Failed{at}: {job.error.get('code')}: {job.error.get('message')}")
    facts = {
        "job": str(job.id),
        "created": f"{job.created_at:%Y-%m-%d %H:%M:%S} UTC",
        "took": took(job.started_at, job.finished_at),
        "trigger": job.trigger,
        "started by": job.started_by,
        "part of": str(job.parent_job or ""),
        "rerun of": str(job.rerun_of or ""),
    }
    for name, fact in facts.items():
        if fact:
            print_line(f"  {name:<11} {fact}")
    for question in asked:
        print_line(f"  asks        {question.title}  (tropeiro job answer {job.id} --path {question.path})")
    lines = [
        (
            f"{'  ' * row.depth}{MARKS[row.state][0]} {row.path}",
            row.uses,
            detail(row),
            took(row.started_at, row.finished_at),
        )
        for row in rows
    ]
    print_table(("STEP", "SERVICE", "", "TOOK"), lines, empty="No step has begun.")
    _print_value("Inputs", job.inputs, "see --json")
    whole = f"tropeiro job show {job.id} --output"
    _print_value("Output", job.output, whole)
    if job.output.blob:
        print_line(f"Output: large; to see it whole: {whole}")


def _print_value(name: str, value: Shown, whole: str) -> None:
    text = value.pretty
    if value and text:
        more = f"\n… {len(text) - LONGEST} characters more: {whole}" if len(text) > LONGEST else ""
        print_line(f"{name}:\n{text[:LONGEST]}{more}")
