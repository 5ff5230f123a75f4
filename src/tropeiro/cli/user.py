"""``tropeiro user``: accounts of people, for whoever operates this installation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from tropeiro.cli.console import console
from tropeiro.cli.members import first_start
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.cli.tables import print_table
from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.accounts.access import local_member
from tropeiro.web.accounts.actions import add_member, create_operator, create_user
from tropeiro.web.operating import people, tenants
from tropeiro.web.operating.access import LOCAL_OPERATOR
from tropeiro.web.paging import Sort
from tropeiro.web.permissions import Role

app = typer.Typer(
    help="Accounts of people: for whoever operates this installation.", no_args_is_help=True, add_completion=False
)

Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="A part of the address or the name.")] = "",
    after: Annotated[str, typer.Option(metavar="MARK", help="Go on after the page that ended with this mark.")] = "",
    json: Json = False,
) -> None:
    """List accounts, by address: a page of them, and the mark with which the next one is asked for."""
    with console():
        first_start()
        page = tenants.list_users(LOCAL_OPERATOR, words=search, sort=Sort("email"), after=after)
    lines = [
        (
            row.email,
            row.name,
            "operator" if row.is_operator else "",
            "active" if row.is_active else "deactivated",
            row.organizations,
            row.last_login.strftime("%Y-%m-%d %H:%M") if row.last_login else "never",
        )
        for row in page.rows
    ]

    def show() -> None:
        print_table(
            ("USER", "NAME", "OPERATES", "STATE", "ORGANIZATIONS", "LAST LOGIN"), lines, empty="Nobody matches."
        )
        if page.next:
            print_line(f"There are more: --after {page.next}")

    print_result({"users": page.rows, "next": page.next}, json=json, people=show)


@app.command()
def create(
    email: Email,
    operator: Annotated[bool, typer.Option("--operator", help="Let the person operate this installation.")] = False,
    organization: Annotated[
        str, typer.Option("--organization", "-o", metavar="ORG", help="Make the person a member of it.")
    ] = "",
    role: Annotated[Role, typer.Option(help="The role there.")] = Role.VIEWER,
    json: Json = False,
) -> None:
    """Make an account with a generated password, which is shown this once."""
    with console():
        first_start()
        actor = local_member(organization) if organization else None
        _, password = (create_operator if operator else create_user)(email)
        if actor is not None:
            add_member(actor, email, role)
    _show_password(email.strip().lower(), password, json=json)


@app.command()
def new_password(email: Email, yes: Yes = False, json: Json = False) -> None:
    """Give somebody a generated password, which is shown this once. Ends their sessions."""
    _ask(f"Give {email} a new password? All their sessions end.", yes=yes)
    with console():
        password = people.give_password(LOCAL_OPERATOR, people.user_named(email))
    _show_password(email, password, json=json)


@app.command()
def reset_second_step(email: Email, yes: Yes = False, json: Json = False) -> None:
    """Forget somebody's authenticator app, passkeys and recovery codes. Ends their sessions."""
    _ask(f"Let {email} log in without a second step? Their sessions end. Be sure that it is them who asks.", yes=yes)
    _act(people.reset_second_step, email, "has no second step any more", json=json)


@app.command()
def deactivate(email: Email, yes: Yes = False, json: Json = False) -> None:
    """Switch an account off: its sessions end, its API tokens open nothing."""
    _ask(f"Switch off the account of {email}? All their sessions end, and their API tokens open nothing.", yes=yes)
    _act(people.deactivate, email, "is switched off", json=json)


@app.command()
def activate(email: Email, json: Json = False) -> None:
    """Switch an account on again."""
    _act(people.activate, email, "is switched on", json=json)


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput("This must be confirmed, and nobody can be asked here.", hint="Say it with --yes.")
    typer.confirm(question, abort=True, err=True)


def _act(act: Callable[..., Any], email: str, done: str, *, json: bool) -> None:
    with console():
        act(LOCAL_OPERATOR, people.user_named(email))
    print_result({"email": email, "done": done}, json=json, people=lambda: print_line(f"{email} {done}."))


def _show_password(email: str, password: str, *, json: bool) -> None:
    print_result(
        {"email": email, "password": password},
        json=json,
        people=lambda: print_line(f"{email}, password {password}\nIt is shown only now."),
    )
