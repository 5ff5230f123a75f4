"""``tropeiro migrate``: the database's tables."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tropeiro.cli.console import bring_to_this_version, prepare_models
from tropeiro.cli.exits import ExitCode
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.config import load
from tropeiro.platform.opening import opened
from tropeiro.web import setup

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only check that every model has its migration; needs no database.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring the database to this version's tables and built-in services. Harmless when it is there already."""
    if check:
        _check(json=json)
        return
    with opened(load(os.environ)) as config:
        setup.configure(config)
        before = bring_to_this_version()
    said = "The database was brought to this version." if before else "The database is at this version already."
    print_result({"migrated": before}, json=json, people=lambda: print_line(said))


def _check(*, json: bool) -> None:
    prepare_models()
    changed = setup.model_changes()
    said = "A model was changed without a migration." if changed else "Every model has its migration."
    print_result({"models_changed": changed}, json=json, people=lambda: print_line(said))
    raise typer.Exit(ExitCode.USAGE if changed else ExitCode.SUCCEEDED)
