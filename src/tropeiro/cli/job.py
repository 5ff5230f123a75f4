"""``tropeiro job``: what runs and what ran."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer

from tropeiro.cli.console import console
from tropeiro.cli.files import read_json
from tropeiro.cli.following import CHANNEL, LOOK_SECONDS
from tropeiro.cli.job_details import print_details
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, json_text, print_line, print_result
from tropeiro.cli.progress import log_text
from tropeiro.cli.step_lines import took
from tropeiro.cli.tables import print_table
from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.kernel.states import JobState
from tropeiro.platform.notifications import listening
from tropeiro.web.jobs import actions, again, queries
from tropeiro.web.jobs.approvals import approvals
from tropeiro.web.jobs.logs import LEVELS, Line, last_lines, read_on
from tropeiro.web.jobs.steps import steps
from tropeiro.web.member import Member

app = typer.Typer(help="Jobs.", no_args_is_help=True, add_completion=False)

Id = Annotated[UUID, typer.Argument(metavar="ID", help="The job's id.")]


@app.command("list")
def list_(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="How many.")] = 20,
    before: Annotated[UUID | None, typer.Option(metavar="ID", help="Only jobs older than this one.")] = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """List jobs, the newest first."""
    with console():
        rows = queries.list_jobs(acting(organization), state=state, limit=limit, before=before)
    lines = [
        (row.id, row.state, row.name, f"{row.created_at:%Y-%m-%d %H:%M:%S}", took(row.started_at, row.finished_at))
        for row in rows
    ]
    columns = ("JOB", "STATE", "WHAT", "CREATED", "TOOK")
    empty = "There is no such job." if state or before else "No job yet. Start one with: tropeiro run"
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty=empty))


@app.command()
def show(
    job: Id,
    output: Annotated[bool, typer.Option("--output", help="Only the output, whole, as JSON.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show one job: its state, steps, open questions, inputs and output."""
    with console():
        member = acting(organization)
        if output:
            print_line(queries.output_text(member, job))
            return
        found, rows, asked = queries.job(member, job), steps(member, job), approvals(member, job)
    shown = {
        **{name: getattr(found, name) for name in ("id", "name", "state", "trigger", "project", "error")},
        **{
            name: getattr(found, name) for name in ("created_at", "started_at", "finished_at", "parent_job", "rerun_of")
        },
        "inputs": found.inputs.value,
        "output": found.output.value,
        "output_blob": found.output.blob or None,
        "steps": rows,
        "approvals": asked,
    }
    print_result(shown, json=json, people=lambda: print_details(found, rows, asked))


@app.command()
def logs(
    job: Id,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay until the job ends.")] = False,
    level: Annotated[str, typer.Option(help="From this level up: debug, info, warning, error.")] = "info",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=5_000, help="The last so many lines.")] = 1_000,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show a job's log. With --json every line is an object."""
    if level not in LEVELS:
        raise InvalidInput(f"{level!r} is no level.", hint=f"One of: {', '.join(LEVELS)}.")
    with console() as config:
        member = acting(organization)
        if not follow:
            _print_lines(last_lines(member, job, level=level, limit=limit), json=json)
            return
        with suppress(KeyboardInterrupt), listening(config.database_url, CHANNEL) as ear:
            seen = 0
            while True:
                over = queries.job(member, job).final
                page = read_on(member, job, after=seen, level=level)
                _print_lines(page.lines, json=json)
                seen = page.lines[-1].id if page.lines else seen
                if over and not page.more:
                    return
                ear.wait(LOOK_SECONDS)


@app.command()
def cancel(job: Id, organization: Organization = "", json: Json = False) -> None:
    """End a job and the jobs it started, for good."""
    _act(actions.cancel, job, organization, "cancelled", json=json)


@app.command()
def pause(job: Id, organization: Organization = "", json: Json = False) -> None:
    """Let no further step of a job start."""
    _act(actions.pause, job, organization, "paused", json=json)


@app.command()
def resume(job: Id, organization: Organization = "", json: Json = False) -> None:
    """Let a paused job go on."""
    _act(actions.resume, job, organization, "resumed", json=json)


@app.command()
def retry(job: Id, organization: Organization = "", json: Json = False) -> None:
    """Run a job that did not succeed again, reusing every call that did. Prints the new job's id."""
    with console():
        new = again.retry(acting(organization), job)
    print_result({"job": new, "retry_of": job}, json=json, people=lambda: print_line(str(new)))


@app.command()
def rerun(
    job: Id,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="STEP", help="Reuse what stands before this step.")
    ] = None,
    newest: Annotated[bool, typer.Option("--newest", help="Take the newest version of what it ran.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Run a job again with the same inputs, from its start or from a step. Prints the new job's id."""
    with console():
        new = again.rerun(acting(organization), job, from_, "newest" if newest else "same")
    print_result({"job": new, "rerun_of": job}, json=json, people=lambda: print_line(str(new)))


@app.command()
def answer(
    job: Id,
    with_: Annotated[
        str, typer.Option("--with", "-w", metavar="JSON|@FILE", help="The form as filled in; null for a plain yes.")
    ] = "null",
    path: Annotated[str, typer.Option(metavar="PATH", help="Which question, when there are several.")] = "",
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Answer the approval that a job waits for."""
    value = read_json(with_, what="--with")
    with console():
        member = acting(organization)
        asked = path or _only_question(member, job)
        actions.approve(member, job, asked, value)
    print_result({"job": job, "path": asked}, json=json, people=lambda: print_line(f"{asked} was answered."))


@app.command()
def reject(
    job: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="It stands in the error of the step.")] = "",
    path: Annotated[str, typer.Option(metavar="PATH", help="Which question, when there are several.")] = "",
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Say no to the approval that a job waits for: its step fails with the code `rejected`."""
    with console():
        member = acting(organization)
        asked = path or _only_question(member, job)
        actions.reject(member, job, asked, reason)
    print_result({"job": job, "path": asked}, json=json, people=lambda: print_line(f"{asked} was rejected."))


def _only_question(member: Member, job: UUID) -> str:
    asked = approvals(member, job)
    if not asked:
        raise NotFound("The job waits for no answer.", hint=f"See: tropeiro job show {job}")
    if len(asked) > 1:
        raise InvalidInput(
            "The job waits for several answers.",
            hint=f"Say which: --path {' or --path '.join(one.path for one in asked)}",
        )
    return asked[0].path


def _act(action: Any, job: UUID, organization: str, done: str, *, json: bool) -> None:
    with console():
        member = acting(organization)
        action(member, job)
        state = queries.job(member, job).state
    print_result({"job": job, "state": state}, json=json, people=lambda: print_line(f"Job {job} was {done}."))


def _print_lines(lines: tuple[Line, ...], *, json: bool) -> None:
    for line in lines:
        print_line(json_text(msgspec.to_builtins(line)) if json else log_text(line).plain)
