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
from tropeiro.web.projects.holds import said

app = typer.Typer(help="Projects as code.", no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(help="The project's short name.")]


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


@app.command()
def create(
    name: Name,
    title: Annotated[str, typer.Option(help="What people call it; the short name if not said.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Make an empty project, without a folder."""
    with console():
        actions.create_project(acting(organization), name, title, description)
    _said(name, "created", json=json)


@app.command()
def change(
    name: Name,
    to: Annotated[str, typer.Option(metavar="NAME", help="Another short name; refused while it is relied on.")] = "",
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Give a project another title, description or short name."""
    with console():
        member = acting(organization)
        known = queries.project(member, name)
        actions.change_project(
            member,
            name,
            slug=to or name,
            name=known.name if title is None else title,
            description=known.description if description is None else description,
        )
    _said(to or name, "changed", json=json)


@app.command()
def archive(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Let nothing of a project start any more. Jobs that are under way come to their end."""
    with console():
        actions.archive_project(acting(organization), name)
    _said(name, "archived", json=json)


@app.command()
def restore(name: Name, organization: Organization = "", json: Json = False) -> None:
    """Take a project out of the archive."""
    with console():
        actions.restore_project(acting(organization), name)
    _said(name, "restored", json=json)


@app.command()
def delete(
    name: Name,
    confirm: Annotated[str, typer.Option(metavar="NAME", help="The short name once more.")] = "",
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Delete a project with its services, workflows, credentials and triggers. Its jobs stay in the history.

    Refused while something depends on it. Without --confirm it only says what would be deleted.
    """
    with console():
        member = acting(organization)
        going = queries.project_deletion(member, name)
        if confirm:
            actions.delete_project(member, name, confirm)
    if confirm:
        _said(name, "deleted", json=json)
        return

    def people() -> None:
        for kind, names in going.going.named():
            print_line(f"{kind}: {', '.join(names)}")
        if going.holds:
            print_line(f"It cannot be deleted. {said(going.holds)}")
        else:
            print_line(f"Nothing was deleted. To delete all of it: tropeiro project delete {name} --confirm {name}")

    print_result({"name": name, "deleted": False, "going": going.going, "holds": going.holds}, json=json, people=people)


@app.command("list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that are archived.")] = False,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """List the organization's projects."""
    with console():
        rows = queries.list_projects(acting(organization), archived=archived)
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
    empty = (
        "No project is archived." if archived else "There is no project yet. Make one: tropeiro project init my-project"
    )
    print_result(rows, json=json, people=lambda: print_table(columns, lines, empty=empty))


def _said(name: str, done: str, *, json: bool) -> None:
    print_result({"name": name, "done": done}, json=json, people=lambda: print_line(f"Project {name} was {done}."))
