"""``tropeiro emulator``: the sample's Google Analytics, as a child of ``tropeiro up``."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from tropeiro.cli.output import print_line
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.child import announce_ready
from tropeiro.samples.google_analytics.emulator import start

app = typer.Typer(add_completion=False)


@app.command()
def emulator(port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0) -> None:
    """Run the sample's emulator of the Google Analytics Data API. All its data is synthetic."""
    ends = {signal.SIGINT, signal.SIGTERM}
    # Blocked before there is any other thread, so that the wait below is the only one that hears them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        running = start(port=port)
    except OSError as problem:
        raise PlatformUnavailable(
            f"The emulator cannot listen on port {port}: {problem.strerror}.", hint="Give it another --port."
        ) from problem
    with running:
        print_line(f"{running.url} emulates the Google Analytics Data API: all data is synthetic.")
        announce_ready()
        signal.sigwait(ends)
