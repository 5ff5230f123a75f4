"""``tropeiro trigger``: what starts jobs by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from tropeiro.cli.console import console
from tropeiro.cli.files import read_json
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.cli.tables import print_table
from tropeiro.cli.trigger_details import next_moment, print_trigger, result, when
from tropeiro.kernel.durations import parse_duration
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.firing import CatchUp, Overlap
from tropeiro.web.accounts.defaults import defaults_of
from tropeiro.web.member import Member
from tropeiro.web.triggers import actions, queries
from tropeiro.web.triggers.access import trigger_named
from tropeiro.web.triggers.wanted import Wanted

app = typer.Typer(help="Triggers: what starts jobs by itself.", no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(help="The trigger's name.")]


@app.command()
def create(
    name: Name,
    target: Annotated[
        str, typer.Argument(metavar="[[ORG/]PROJECT/]NAME[@V]", help="What it starts; the newest version without @V.")
    ],
    cron: Annotated[str, typer.Option(help='Five fields of cron, such as "30 7 * * MON-FRI".')] = "",
    every: Annotated[str, typer.Option(metavar="DURATION", help="Instead of --cron: an interval, such as 15m.")] = "",
    zone: Annotated[
        str,
        typer.Option(
            help="Whose clock --cron reads, such as America/Sao_Paulo; the organization's own if not said, else UTC."
        ),
    ] = "",
    inputs: Annotated[str, typer.Option("--inputs", "-i", metavar="JSON|@FILE", help="The inputs of its jobs.")] = "",
    project: Annotated[str | None, typer.Option("--project", metavar="NAME", help="Seen from this project.")] = None,
    start: Annotated[str, typer.Option(metavar="TIME", help="Not before, by the zone's clock: 2026-03-01T08:00.")] = "",
    end: Annotated[str, typer.Option(metavar="TIME", help="Not after.")] = "",
    overlap: Annotated[Overlap, typer.Option(help="When the run before is not over.")] = Overlap.SKIP,
    catch_up: Annotated[CatchUp, typer.Option(help="Which missed runs to make up for.")] = CatchUp.LATEST,
    grace: Annotated[str, typer.Option(metavar="DURATION", help="How late a missed run may still start.")] = "1d",
    enabled: Annotated[bool, typer.Option("--enabled/--disabled", help="Whether it is on from now.")] = True,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Let something run on a schedule: at the times of a cron expression, or at an interval."""
    given = read_json(inputs, what="--inputs") if inputs else None
    with console():
        member = acting(organization)
        clock = zone or defaults_of(member.organization).time_zone or "UTC"
        wanted = Wanted(
            name=name,
            target=target,
            project=project,
            inputs=given,
            cron=cron,
            every_ms=_duration("--every", every) if every else 0,
            zone=clock,
            start=_moment("--start", start, clock),
            end=_moment("--end", end, clock),
            overlap=overlap,
            catch_up=catch_up,
            grace_ms=_duration("--grace", grace),
        )
        found = queries.trigger(member, actions.create_trigger(member, wanted, enabled=enabled))
    following = f" It runs next {next_moment(found)}." if found.next_at else " It is off."
    print_result(found, json=json, people=lambda: print_line(f"Trigger {name} was created.{following}"))


@app.command("list")
def list_(organization: Organization = "", json: Json = False) -> None:
    """List triggers: what they start, when, and what came of the last time."""
    with console():
        rows = queries.list_triggers(acting(organization))
    lines = [(row.name, row.target, when(row), next_moment(row), result(row)) for row in rows]
    columns = ("TRIGGER", "STARTS", "WHEN", "NEXT", "LAST")
    empty = "There is no trigger. See: tropeiro trigger create --help"
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty=empty))


@app.command()
def show(
    name: Name,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="How many past times.")] = 10,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Show one trigger: its rules, the next five times, and what became of the past ones."""
    with console():
        member = acting(organization)
        id_ = trigger_named(member, name)
        found, past = queries.trigger(member, id_), queries.firings(member, id_, limit=limit)
    coming = found.coming(datetime.now(UTC))
    shown = {"trigger": found, "coming": coming, "firings": past}
    print_result(shown, json=json, people=lambda: print_trigger(found, coming, past))


@app.command()
def enable(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Let a trigger start jobs again, from its next time on."""
    _act(actions.enable_trigger, name, organization, "turned on", json=json)


@app.command()
def disable(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Let a trigger start nothing until it is enabled."""
    _act(actions.disable_trigger, name, organization, "turned off", json=json)


@app.command()
def run(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Start a job of a trigger now, whatever its schedule says. Prints the job's id."""
    with console():
        member = acting(organization)
        job = actions.run_trigger(member, trigger_named(member, name))
    print_result({"job": job, "trigger": name}, json=json, people=lambda: print_line(str(job)))


@app.command()
def delete(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Forget a trigger. Its jobs stay."""
    _act(actions.delete_trigger, name, organization, "deleted", json=json)


def _act(action: Callable[[Member, UUID], Any], name: str, organization: str, done: str, *, json: bool) -> None:
    with console():
        member = acting(organization)
        action(member, trigger_named(member, name))
    print_result({"name": name, "done": done}, json=json, people=lambda: print_line(f"Trigger {name} was {done}."))


def _duration(option: str, text: str) -> int:
    try:
        return parse_duration(text)
    except InvalidInput as problem:
        raise InvalidInput(f"{option}: {problem.message}", hint=problem.hint) from problem


def _moment(option: str, text: str, zone: str) -> datetime | None:
    """A moment by the zone's clock, unless it says its own offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError) as problem:
        raise InvalidInput(
            f"{option}: `{text[:40]}` is not a time of {zone}.", hint="Write 2026-03-01T08:00, or 2026-03-01."
        ) from problem
