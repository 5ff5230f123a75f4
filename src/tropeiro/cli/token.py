"""``tropeiro token``: what programs show to act for an organization."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from tropeiro.cli.console import console
from tropeiro.cli.members import Organization, acting
from tropeiro.cli.output import Json, print_line, print_result, warn_line
from tropeiro.cli.tables import print_table
from tropeiro.web.permissions import Role
from tropeiro.web.tokens import actions, queries

app = typer.Typer(help="API tokens of programs. Each is shown once.", no_args_is_help=True, add_completion=False)

MOST_DAYS = 3650


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="After the program that will use it.")],
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.EDITOR,
    days: Annotated[int, typer.Option(min=0, max=MOST_DAYS, help="How long it holds; 0 for ever.")] = 90,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """Make a token and print it, this once. Nothing shows it again."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with console():
        token = actions.create_token(acting(organization), name, role, expires_at)

    def show() -> None:
        print_line(token.text)
        warn_line("It is shown only now. For another one: tropeiro token create")

    shown = {"id": token.id, "name": token.name, "role": role, "expires_at": expires_at, "token": token.text}
    print_result(shown, json=json, people=show)


@app.command("list")
def list_(
    before: Annotated[UUID | None, typer.Option(metavar="ID", help="Only those older than this one.")] = None,
    organization: Organization = "",
    json: Json = False,
) -> None:
    """List tokens, the newest first: who made them, what they may do, when they were used. Never the tokens."""
    with console():
        found = queries.list_tokens(acting(organization), before=before, limit=queries.PAGE + 1)
    rows, more = found[: queries.PAGE], len(found) > queries.PAGE
    lines = [
        (row.id, row.name, f"{row.prefix}…", row.role.value, row.maker, _state(row), _day(row.last_used_at) or "never")
        for row in rows
    ]

    def show() -> None:
        columns = ("ID", "TOKEN", "BEGINS", "ROLE", "MADE BY", "STATE", "LAST USED")
        print_table(columns, lines, empty="There is no token. See: tropeiro token create --help")
        if more:
            print_line(f"There are more: --before {rows[-1].id}")

    print_result(rows, json=json, people=show)


@app.command()
def revoke(
    token: Annotated[UUID, typer.Argument(help="The token's id, as list shows it.")],
    organization: Organization = "",
    json: Json = False,
) -> None:
    """End a token at once, for good."""
    with console():
        name = actions.revoke_token(acting(organization), token)
    print_result(
        {"id": token, "name": name, "revoked": True},
        json=json,
        people=lambda: print_line(f"Token {name} opens nothing any more."),
    )


def _state(row: queries.TokenRow) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.expired:
        return "expired"
    if row.orphaned:
        return "its maker is gone"
    return f"until {_day(row.expires_at)}" if row.expires_at else "for ever"


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""
