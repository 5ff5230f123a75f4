"""``tropeiro demo``: an organization with a made-up history, to show every screen; and taking it away."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tropeiro.cli.console import console
from tropeiro.cli.output import Json, print_line, print_result
from tropeiro.web.accounts.actions import FirstStart, ensure_first_start
from tropeiro.web.demo.filling import SEED, fill
from tropeiro.web.demo.history import DAYS
from tropeiro.web.demo.removing import remove as take_away

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration away, whole.")] = False,
    days: Annotated[int, typer.Option(min=1, max=365, help="How far back its history goes.")] = DAYS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same history.")] = SEED,
    json: Json = False,
) -> None:
    """Fill the organization "demo" with projects, automations, and jobs of the last 90 days, all made up.

    Its projects work: what you run there really runs, on made-up data. Nothing else of the installation is touched.
    """
    with console():
        if remove:
            rows = take_away()
            print_result({"removed": rows}, json=json, people=lambda: print_line("The demonstration is gone."))
            return
        first = ensure_first_start()
        with Progress(console=Console(stderr=True), transient=True, disable=json) as progress:
            task = progress.add_task("demo", total=1.0)
            filled = fill(
                say=lambda what, share: progress.update(task, description=what, completed=share), days=days, seed=seed
            )
    print_result(
        filled,
        json=json,
        people=lambda: print_line(
            f"The organization {filled.organization} has {filled.jobs} jobs with {filled.steps} steps and "
            f"{filled.lines} lines of log, all made up. Choose it in the console, at the top.{_first_login(first)}"
            "\nTo take it away: tropeiro demo --remove"
        ),
    )


def _first_login(first: FirstStart) -> str:
    """What the very first command of an installation says, once."""
    return f"\nLog in as {first.user}, password {first.password}" if first.password else ""
