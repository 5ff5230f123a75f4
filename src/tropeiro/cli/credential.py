"""``tropeiro credential``: secrets go in, and are never shown again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tropeiro.cli.console import console
from tropeiro.cli.files import read_text
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.cli.tables import print_table
from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.credentials import actions, queries

app = typer.Typer(
    help="Credentials. Write-only: nothing shows a value again.", no_args_is_help=True, add_completion=False
)

Name = Annotated[str, typer.Argument(help="What steps call it.")]
Project = Annotated[str | None, typer.Option("--project", help="Only for this project; for all when not given.")]


@app.command("set")
def set_(
    name: Name,
    kind: Annotated[str, typer.Option(help="What it is for, such as google-service-account.")] = "generic",
    file: Annotated[Path, typer.Option("--file", "-f", help="Where the value is; - for standard input.")] = Path("-"),
    field: Annotated[
        str, typer.Option(help="Store the whole text under this field, instead of reading a JSON object of fields.")
    ] = "",
    project: Project = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Store a secret, or replace it. The value comes from a file or standard input, never from the command line.

    It is a JSON object whose members are the credential's fields, or with --field one text.
    """
    if str(file) == "-" and sys.stdin.isatty():
        print_line("Type the value, then Ctrl-D.")
    fields = _fields(read_text(file), field)
    with console():
        actions.set_credential(acting(organization), name, kind, fields, project)
    shown = {"name": name, "kind": kind, "project": project, "fields": sorted(fields)}
    said = f"Credential {name} was stored with {', '.join(sorted(fields))}."
    print_result(shown, json=json, people=lambda: print_line(said))


@app.command("list")
def list_(project: Project = None, organization: Organization = "", json: Json = False) -> None:
    """List credentials: names and fields, never values."""
    with console():
        rows = queries.list_credentials(acting(organization), project)
    lines = [
        (row.name, row.kind, row.project or "", ", ".join(row.fields), row.updated_at.strftime("%Y-%m-%d %H:%M"))
        for row in rows
    ]
    columns = ("CREDENTIAL", "KIND", "PROJECT", "FIELDS", "CHANGED")
    print_result(
        rows, json=json, people=lambda: print_table(columns, lines, empty="There is no credential. See: credential set")
    )


@app.command()
def delete(name: Name, project: Project = None, organization: Organization = "", json: Json = False) -> None:
    """Forget a secret. Steps that name it fail from now on."""
    with console():
        actions.delete_credential(acting(organization), name, project)
    print_result(
        {"name": name, "project": project, "deleted": True},
        json=json,
        people=lambda: print_line(f"Credential {name} was deleted."),
    )


def _fields(content: bytes, field: str) -> dict[str, Any]:
    try:
        text = content.decode()
        # The problem's own words would repeat a piece of the secret.
        fields = {field: text.rstrip("\r\n")} if field else msgspec.json.decode(text)
    except (UnicodeDecodeError, msgspec.DecodeError):
        fields = None
    if not isinstance(fields, dict):
        raise InvalidInput(
            "The value is not a JSON object.", hint="For one plain text say under which field: --field secret"
        )
    return fields
