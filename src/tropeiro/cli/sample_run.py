"""The sample's public automation, run once before a newcomer's eyes, in a process of its own (see `errands`)."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import msgspec

from tropeiro.cli.following import follow
from tropeiro.cli.progress import view
from tropeiro.cli.sample import INPUTS, REPORT, apply_sample
from tropeiro.cli.step_lines import took
from tropeiro.cli.tables import print_table
from tropeiro.cli.telling import Say, teller
from tropeiro.config import Config, load
from tropeiro.kernel.states import JobState
from tropeiro.platform.opening import opened
from tropeiro.web.accounts.access import local_member
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.queries import JobDetails, output_text
from tropeiro.web.member import Member
from tropeiro.web.setup import configure
from tropeiro.web.workflows.runnable import resolve_runnable

SHOWN = 5


def show_sample(*, json: bool) -> None:
    """Apply the sample, run its automation and show the first rows of what it gives; SIGTERM ends it early."""
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    with opened(load(os.environ)) as config:
        configure(config)
        _run(config, local_member(), teller(json=json), stop)


def _run(config: Config, member: Member, say: Say, stop: threading.Event) -> None:
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
