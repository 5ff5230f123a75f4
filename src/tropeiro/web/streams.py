"""The answers that never end by themselves, so that they can be ended when the process is to stop.

Whoever runs the server calls `end_streams` before it waits for open connections. Browsers come back by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class OpenStream:
    """One of them."""

    __slots__ = ("_changed", "stopping")

    def __init__(self, changed: asyncio.Event) -> None:
        self._changed = changed
        self.stopping = False
        """Whether it is to end."""

    def end(self) -> None:
        """Let it end, and wake it for that."""
        self.stopping = True
        self._changed.set()


_open: set[OpenStream] = set()


@contextmanager
def open_stream(changed: asyncio.Event) -> Iterator[OpenStream]:
    """A stream that waits for ``changed``, for as long as the block lasts. Inside an event loop."""
    stream = OpenStream(changed)
    _open.add(stream)
    try:
        yield stream
    finally:
        _open.discard(stream)


def end_streams() -> None:
    """Let every open stream end. On the event loop that they run on."""
    for stream in _open:
        stream.end()
