"""What runs in one simulated worker process: a worker and the duties, as ``wiring.run_worker`` puts them together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from invariants import Broken
from network import Connection

from tropeiro.ports.blobs import Blobs
from tropeiro.runtime.duties import run_duties
from tropeiro.runtime.worker import Worker


async def work(worker: Worker, connection: Connection, stop: asyncio.Event) -> None:
    """Work and stand by for the duties until ``stop``."""
    duties = asyncio.create_task(
        run_duties(
            store=connection,
            blobs=cast(Blobs, None),
            lease_ms=worker.options.lease_ms,
            retention_days=90,
        )
    )
    try:
        await worker.run(stop)
    finally:
        duties.cancel()
        await asyncio.gather(duties, return_exceptions=True)


@contextmanager
def errors_are_told(tell: Callable[[BaseException], None]) -> Iterator[None]:
    """Whatever the product logs as an error is one: nothing in a run is as bad as that."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = Broken(record.getMessage())
            error.__cause__ = record.exc_info[1] if record.exc_info else None
            tell(error)

    logger, handler = logging.getLogger("tropeiro"), Told()
    before = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
