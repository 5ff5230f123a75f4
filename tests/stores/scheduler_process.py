"""A scheduler as a process of its own: ``python scheduler_process.py URL BLOBS``, until it is killed."""

from __future__ import annotations

import asyncio
import sys

from tropeiro.postgres.link import Link
from tropeiro.runtime.schedules import fire_due
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.schedules import PostgresSchedules


async def run(url: str, blobs: str) -> None:
    """Fire what is due."""
    link = Link(url)
    await link.open()
    await fire_due(PostgresSchedules(link, FsspecBlobs(blobs)))


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
