"""The answers that never end by themselves, so that they can be ended when the process is to stop.

Whoever runs the server calls `end_streams` before it waits for open connections. Browsers come back by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

_open: set[asyncio.Event] = set()


@contextmanager
def open_stream() -> Iterator[asyncio.Event]:
    """An event that is set when the stream is to end, for as long as the block lasts. Inside an event loop."""
    stopping = asyncio.Event()
    _open.add(stopping)
    try:
        yield stopping
    finally:
        _open.discard(stopping)


def end_streams() -> None:
    """Let every open stream end. On the event loop that they run on."""
    for stopping in _open:
        stopping.set()
