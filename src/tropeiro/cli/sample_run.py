"""The sample's public automation, run once before a newcomer's eyes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from tropeiro.cli.following import follow
from tropeiro.cli.output import print_table
from tropeiro.cli.progress import view
from tropeiro.cli.sample import INPUTS, REPORT, apply_sample
from tropeiro.cli.step_lines import took
from tropeiro.config import Config
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.queries import JobDetails, output_text
from tropeiro.web.member import Member
from tropeiro.web.workflows.runnable import resolve_runnable

SHOWN = 5


def run_sample(config: Config, member: Member, say: Callable[..., None], stop: threading.Event) -> None:
    """Apply the sample, run its automation and show the first rows of what it gives; early out when ``stop`` is set."""
    diff = apply_sample(member)
    say("applied", f"The sample project {diff.project} {'is up to date' if diff.empty else 'was applied'}.")
    found = resolve_runnable(member, REPORT)
    say("sample", f"Running {REPORT} with {msgspec.json.encode(INPUTS).decode()}:")
    job = start_job(member, found, INPUTS)
    with view() as shown:
        ended = follow(member, job, url=config.database_url, view=shown, workflow=found.route.workflow, stop=stop)
    if ended.state is JobState.SUCCEEDED:
        output = msgspec.json.decode(output_text(member, job))
        _show_rows(output)
        say("result", _sum(ended, output), job=job, rows=len(output["rows"]))
    elif ended.final:
        error = ended.error or {}
        say("failed", f"Job {job} {ended.state}: {error.get('code')}: {error.get('message')}", job=job)


def _sum(job: JobDetails, output: dict[str, Any]) -> str:
    note = " All data is synthetic: it comes from the emulator." if output.get("synthetic") else ""
    return f"{len(output['rows'])} rows in {took(job.started_at, job.finished_at)}.{note}"


def _show_rows(output: dict[str, Any]) -> None:
    rows = output["rows"][:SHOWN]
    if rows:
        # With the progress on stderr: stdout is for events.
        print_table(list(rows[0]), [list(row.values()) for row in rows], aside=True)
