"""Places for which organizations take turns."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID


class Turns:
    """``size`` places. Of those who wait for one, each organization gets one before any gets its second; within an
    organization the one that came first comes first."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._waiting: OrderedDict[UUID, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def place(self, organization: UUID) -> AsyncIterator[None]:
        """A place, for as long as the block."""
        if self._free:
            self._free -= 1
        else:
            await self._turn(organization)
        try:
            yield
        finally:
            self._pass_on()

    async def _turn(self, organization: UUID) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(organization, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                # The place came together with the word to stop.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give a place that has become free to whose turn it is."""
        while self._waiting:
            organization, line = self._waiting.popitem(last=False)
            while line:
                mine = line.popleft()
                # Whoever gave up waiting is still in the line.
                if not mine.done():
                    if line:
                        self._waiting[organization] = line
                    mine.set_result(None)
                    return
        self._free += 1
