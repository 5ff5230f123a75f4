"""For whom the command line acts: whoever can reach the database and the keys is an owner here."""

from __future__ import annotations

from typing import Annotated

import typer

from tropeiro.cli.output import warn_line
from tropeiro.web.accounts.access import local_member
from tropeiro.web.accounts.actions import FirstStart, ensure_first_start
from tropeiro.web.member import Member

Organization = Annotated[
    str,
    typer.Option(
        "--organization",
        "-o",
        envvar="TROPEIRO_ORGANIZATION",
        metavar="ORG",
        help="Short name; the first one if not said.",
    ),
]
"""The option that says for which organization."""


def acting(organization: str) -> Member:
    """The member that the command line is. Raises `NotFound`."""
    # A fresh installation has no organization before its first start.
    return local_member(organization or first_start().organization)


def first_start() -> FirstStart:
    """The first organization and its operator, made when there is nobody yet; a new password is shown, this once."""
    first = ensure_first_start()
    if first.password is not None:
        warn_line(f"To log in to the console: {first.user}, password {first.password}")
        warn_line("It is shown only now. For another one: tropeiro up --new-password")
    return first
