"""``tropeiro worker``: one process that takes packets and executes steps."""

from __future__ import annotations

import typer

from tropeiro.cli.working import work

app = typer.Typer(add_completion=False)


@app.command()
def worker() -> None:
    """Run one worker process until SIGTERM or Ctrl-C, which drain it. A second one ends it at once.

    Set TROPEIRO_CONCURRENCY for the number of steps at a time. The database must be at this version.
    """
    work()
