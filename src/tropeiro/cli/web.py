"""``tropeiro web``: the process that answers browsers and programs."""

from __future__ import annotations

from typing import Annotated

import typer

from tropeiro.cli.serving import serve

app = typer.Typer(add_completion=False)


@app.command()
def web(
    descriptor: Annotated[
        int | None, typer.Option("--fd", hidden=True, help="Number of an open descriptor that listens.")
    ] = None,
) -> None:
    """Run the web process: console, API, live events. Listens on TROPEIRO_HOST and TROPEIRO_PORT."""
    serve(descriptor)
