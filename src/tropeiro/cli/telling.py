"""What a command that goes on for long says while it does: lines for people, or one JSON object for each event."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tropeiro.cli.output import print_json, print_line

Say = Callable[..., None]
"""``say(event, text, **facts)``."""


def teller(*, json: bool) -> Say:
    """Says events on stdout, each as soon as it happens."""

    def say(event: str, text: str, **facts: Any) -> None:
        if json:
            print_json({"event": event, "message": text, **facts})
        else:
            print_line(text)
            # Whoever waits for a line of ours through a pipe shall not wait for a full buffer.
            sys.stdout.flush()

    return say
