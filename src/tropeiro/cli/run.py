"""``tropeiro run``: a document or something saved, run and followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tropeiro.cli.children import emulator_child, free_port
from tropeiro.cli.console import console
from tropeiro.cli.executing import Manner, execute, somebody_works
from tropeiro.cli.files import read_json, read_text
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, warn_line
from tropeiro.cli.sample import apply_sample, has_sample, names_sample, wants_emulator
from tropeiro.config import Config
from tropeiro.kernel.durations import parse_duration
from tropeiro.kernel.errors import InvalidInput
from tropeiro.platform.supervisor import Child
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.member import Member
from tropeiro.web.projects.actions import apply
from tropeiro.web.projects.folder import read_folder
from tropeiro.web.workflows.runnable import Runnable, draft, resolve_runnable

app = typer.Typer(add_completion=False)


@app.command()
def run(
    what: Annotated[
        str, typer.Argument(metavar="FILE | [ORG/]PROJECT/NAME[@V]", help="A document, or what was saved.")
    ],
    inputs: Annotated[str, typer.Option("--inputs", "-i", metavar="JSON|@FILE", help="The inputs.")] = "",
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="Apply this project first; names are seen from it.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it ends, or only print its id.")] = True,
    timeout: Annotated[str, typer.Option(metavar="DURATION", help="End the job after this long, such as 10m.")] = "",
    mock: Annotated[bool, typer.Option("--mock", help="Steps with a mock give it instead of calling.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Run a workflow, follow it, and print its output as JSON on stdout; progress goes to stderr.

    Starts what it needs when nothing is running: the embedded database, and one worker for as long as the job takes.
    Ends with 0 when the job succeeded, 1 when it failed, was cancelled or timed out.
    """
    given = read_json(inputs, what="--inputs") if inputs else None
    limit = _milliseconds(timeout) if timeout else None
    text = _document(what)
    with console() as config:
        member = acting(organization)
        seen_from = _applied(member, project) if project is not None else None
        config, helpers = _sample(config, member, what) if text is None else (config, ())
        if text is not None:
            found: Runnable = draft(member, text, project=seen_from)
        else:
            found = resolve_runnable(member, what, project=seen_from)
        code = execute(
            config,
            member,
            lambda: start_job(member, found, given, mock=mock, timeout=limit),
            Manner(wait=wait, json=json, quiet=quiet),
            workflow=found.route.workflow,
            helpers=helpers,
        )
    raise typer.Exit(code)


def _document(what: str) -> str | None:
    """The text of the document that ``what`` names, or ``None`` when it is a reference."""
    if what != "-" and not what.endswith(".json") and not Path(what).is_file():
        return None
    try:
        return read_text(Path(what)).decode()
    except UnicodeDecodeError as problem:
        raise InvalidInput(f"{what} is not UTF-8 text.", hint="A workflow is a JSON document.") from problem


def _milliseconds(duration: str) -> int:
    try:
        return parse_duration(duration)
    except InvalidInput as problem:
        raise InvalidInput(f"--timeout: {problem.message}", hint=problem.hint) from problem


def _applied(member: Member, folder: Path) -> str:
    diff = apply(member, read_folder(folder))
    for change in diff.changes:
        warn_line(str(change))
    return diff.project


def _sample(config: Config, member: Member, what: str) -> tuple[Config, Sequence[Child]]:
    """The sample needs nothing but its name: it is applied, and asks its emulator when there is nothing real."""
    if not names_sample(what):
        return config, ()
    if not has_sample(member):
        apply_sample(member)
        warn_line("The sample project google-analytics was applied.")
    if somebody_works(config) or not wants_emulator(config, member):
        return config, ()
    warn_line("It asks its emulator of Google Analytics: all data is synthetic.")
    port = free_port()
    return replace(config, ga_endpoint=f"http://127.0.0.1:{port}"), (emulator_child(port),)
