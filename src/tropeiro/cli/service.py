"""``tropeiro service``: what steps can call."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from tropeiro.cli.console import console
from tropeiro.cli.executing import Manner, execute
from tropeiro.cli.files import read_json
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, json_text, print_line, print_result
from tropeiro.cli.tables import print_table
from tropeiro.kernel.durations import format_duration
from tropeiro.web.jobs.actions import call_service
from tropeiro.web.services import queries
from tropeiro.web.services.queries import ServiceDetails

app = typer.Typer(help="Services.", no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="[[ORG/]PROJECT/]NAME[@V]", help="The service.")]
Project = Annotated[str | None, typer.Option("--project", metavar="NAME", help="Seen from this project.")]


@app.command("list")
def list_(project: Project = None, organization: Organization = "", json: Json = False) -> None:
    """List own services and the built-in ones."""
    with console():
        rows = queries.list_services(acting(organization), project)
    lines = [(row.reference, row.kind, "public" if row.public else "private", row.title) for row in rows]
    columns = ("SERVICE", "KIND", "SEEN BY", "TITLE")
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty="There is no service here."))


@app.command()
def show(name: Name, project: Project = None, organization: Organization = "", json: Json = False) -> None:
    """Show a service's contract: inputs, output, retries, versions."""
    with console():
        found = queries.show_service(acting(organization), name, project=project)
    print_result(found, json=json, people=lambda: _print_details(found))


@app.command()
def call(
    name: Name,
    with_: Annotated[str, typer.Option("--with", "-w", metavar="JSON|@FILE", help="The service's inputs.")] = "{}",
    project: Project = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it ends, or only print its id.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Call a service once, as a job of one step, and print what it returned as JSON.

    A private service can only be called from inside its own project.
    """
    inputs = read_json(with_, what="--with")
    with console() as config:
        member = acting(organization)
        code = execute(
            config,
            member,
            lambda: call_service(member, name, inputs, project=project),
            Manner(wait=wait, json=json, quiet=quiet),
        )
    raise typer.Exit(code)


def _print_details(found: ServiceDetails) -> None:
    service = found.service
    print_line(f"{service.organization}/{service.project}/{service.name}@{found.version}  {service.title}")
    if service.description:
        print_line(service.description)
    facts = {
        "kind": service.kind,
        "seen by": "everybody" if service.public else f"project {service.project}",
        "timeout": format_duration(found.timeout_ms) if found.timeout_ms else "the job's own",
        "tries": found.retry.get("attempts", 1),
        "idempotent": "yes" if found.idempotent else "no",
        "credential": found.credential_kind or "none",
        "versions": ", ".join(str(version.version) for version in found.versions),
    }
    for name, fact in facts.items():
        print_line(f"  {name:<11} {fact}")
    for name, schema in (("Inputs", found.input_schema), ("Output", found.output_schema)):
        if schema is not None:
            print_line(f"{name}:")
            print_line(msgspec.json.format(json_text(schema), indent=2))
