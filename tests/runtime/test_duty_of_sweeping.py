"""The duty of sweeping goes on until nothing is left, and is not stopped by a database that is away."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from workshop import until

from tropeiro.ports.queue import QueueUnavailable
from tropeiro.ports.upkeep import Upkeep
from tropeiro.runtime import sweeping


class Broom:
    """Upkeep that has so many sessions to sweep, and fails first when it is told to."""

    def __init__(self, left: int, *, fails: bool = False) -> None:
        self.left, self.fails = left, fails

    async def sweep_sessions(self, rows: int) -> int:
        if self.fails:
            self.fails = False
            raise QueueUnavailable("away")
        gone = min(rows, self.left)
        self.left -= gone
        return gone


async def test_all_that_have_run_out_are_swept_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PAUSE_SECONDS", 0)
    broom: Any = Broom(2 * sweeping.ROWS + 1)
    assert await sweeping.sweep_once(cast(Upkeep, broom)) == 2 * sweeping.ROWS + 1
    assert broom.left == 0


async def test_what_could_not_be_swept_is_swept_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "RETRY_SECONDS", 0)
    broom: Any = Broom(3, fails=True)
    duty = asyncio.create_task(sweeping.sweep_sessions(cast(Upkeep, broom)))
    await until(lambda: broom.left == 0)
    duty.cancel()
