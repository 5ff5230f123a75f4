"""``tropeiro limit``: how many calls at once, and how often."""

from __future__ import annotations

from typing import Annotated

import typer

from tropeiro.cli.console import console
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.cli.tables import print_table
from tropeiro.kernel.call_limits import LimitKind
from tropeiro.web.limits import actions, queries
from tropeiro.web.limits.wanted import Wanted, parse_rate

app = typer.Typer(
    help="Limits on calls: how many at once, and how many in a period.", no_args_is_help=True, add_completion=False
)

Kind = Annotated[LimitKind, typer.Argument(help="For what: organization, service or credential.")]
Subject = Annotated[str, typer.Argument(help="The service without its version, or the name of the credential.")]
Project = Annotated[str | None, typer.Option("--project", help="For a credential: only for steps of this project.")]


@app.command("list")
def list_(organization: Organization = "", json: Json = False) -> None:
    """List limits: how many calls are under way under each, and how many wait for it."""
    with console():
        rows = queries.list_limits(acting(organization))
    lines = [
        (
            row.kind.value,
            f"{row.subject or '(all calls)'}{' in ' + row.project if row.project else ''}",
            "" if row.concurrency is None else row.concurrency,
            "" if row.rate is None else f"{row.rate} burst {row.rate.burst}",
            "everybody" if row.everyone else "own calls",
            row.running,
            row.waiting,
        )
        for row in rows
    ]
    columns = ("KIND", "FOR", "AT ONCE", "RATE", "COUNTS", "RUNNING", "WAITING")
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty="There is no limit. See: limit set"))


@app.command("set")
def set_(
    kind: Kind,
    subject: Subject = "",
    concurrency: Annotated[int | None, typer.Option(help="How many calls may be under way at once.")] = None,
    rate: Annotated[str, typer.Option(help="How many may begin in a period: 10/s, 100/m, 20/30s.")] = "",
    burst: Annotated[int | None, typer.Option(help="How many may begin at once after a pause; with --rate.")] = None,
    project: Project = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Set a limit, or replace its numbers. It holds at once, also for jobs that wait already."""
    with console():
        wanted = Wanted(
            kind=kind, subject=subject, project=project, concurrency=concurrency,
            rate=parse_rate(rate, burst) if rate or burst is not None else None,
        )  # fmt: skip
        member = acting(organization)
        row = queries.limit(member, actions.set_limit(member, wanted))
    said = " and ".join(
        part
        for part in (
            "" if row.concurrency is None else f"{row.concurrency} at once",
            "" if row.rate is None else f"{row.rate}, up to {row.rate.burst} at once after a pause",
        )
        if part
    )
    print_result(row, json=json, people=lambda: print_line(f"{row.subject or 'All calls'}: {said}."))


@app.command()
def remove(
    kind: Kind, subject: Subject = "", project: Project = None, organization: Organization = "", json: Json = False
) -> None:
    """Limit no longer. What waits begins."""
    with console():
        member = acting(organization)
        row = queries.limit_for(member, kind, subject, project)
        actions.remove_limit(member, row.id)
    print_result(
        {"id": row.id, "kind": kind, "subject": row.subject, "removed": True},
        json=json,
        people=lambda: print_line(f"{row.subject or 'All calls'}: no limit any more."),
    )
