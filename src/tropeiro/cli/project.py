"""``tropeiro project``: projects as code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tropeiro.cli.console import console
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, print_json, print_line, print_result
from tropeiro.cli.project_template import write_project
from tropeiro.cli.tables import print_table
from tropeiro.web.projects import actions, queries
from tropeiro.web.projects.folder import read_folder

app = typer.Typer(help="Projects as code.", no_args_is_help=True, add_completion=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder; its name is the project's.")],
    json: Json = False,
) -> None:
    """Make a folder with a service, a workflow and a project.toml to begin with."""
    files = write_project(folder)

    def people() -> None:
        for path in files:
            print_line(str(path))
        print_line(f"Next: tropeiro project apply {folder}")

    print_result({"project": folder.absolute().name, "files": files}, json=json, people=people)


@app.command()
def apply(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with a project.toml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Bring a project to what its folder says, version by version; show what changed. A second time nothing does.

    Imports the folder's Python modules. Refuses what would break workflows that pinned a version.
    """
    with console():
        member = acting(organization)
        found = read_folder(folder)
        diff = actions.plan(member, found) if dry_run else actions.apply(member, found)
    if json:
        print_json({"project": diff.project, "created": diff.created, "changes": diff.changes, "applied": not dry_run})
        return
    for change in diff.changes:
        print_line(str(change))
    done = "would be" if dry_run else "was"
    if diff.empty:
        print_line(f"Project {diff.project} is up to date.")
    else:
        print_line(f"Project {diff.project} {done} {'created' if diff.created else 'changed'}.")


@app.command("list")
def list_(organization: Organization = "", json: Json = False) -> None:
    """List the organization's projects."""
    with console():
        rows = queries.list_projects(acting(organization))
    columns = ("PROJECT", "SERVICES", "AUTOMATIONS", "APPLIED", "TITLE")
    lines = [
        (
            row.slug,
            row.services,
            row.automations,
            row.applied_at.strftime("%Y-%m-%d %H:%M") if row.applied_at else "",
            row.name,
        )
        for row in rows
    ]
    empty = "There is no project yet. Make one with: tropeiro project init my-project"
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty=empty))
