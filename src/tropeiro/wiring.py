"""Where the concrete parts are named together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from tropeiro.config import Config
from tropeiro.executors.addresses import AllowedHosts
from tropeiro.executors.builtin import BuiltinExecutor
from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.dispatch import Dispatch
from tropeiro.executors.http import HttpExecutor
from tropeiro.executors.processes import ProcessExecutor
from tropeiro.executors.python import PythonExecutor
from tropeiro.kernel.callbacks import make_callback_token
from tropeiro.ports.executor import Executor
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.runtime.duties import run_duties
from tropeiro.runtime.worker import Worker, WorkerOptions
from tropeiro.services.core import CORE_SERVICES
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.postgres import PostgresStore
from tropeiro.stores.rollups import PostgresRollups
from tropeiro.stores.schedules import PostgresSchedules
from tropeiro.stores.upkeep import PostgresUpkeep

log = logging.getLogger(__name__)


async def run_worker(config: Config, stop: asyncio.Event, ready: asyncio.Event) -> None:
    """Run one worker, and stand by for the duties, until ``stop``. ``ready`` is set once it takes packets."""
    blobs = FsspecBlobs(config.blobs)
    async with _linked(config, "tropeiro worker") as link:
        queue = PostgresQueue(link, blobs)
        store = PostgresStore(link, config.master_keys)
        options = WorkerOptions(slots=config.concurrency, lease_ms=config.lease_seconds * 1000)
        worker = Worker(
            queue=queue,
            store=store,
            executor=_executor(config, blobs),
            callback_url=lambda packet, token: _callback_url(config, packet, token),
            options=options,
        )
        await queue.start()
        duties = asyncio.create_task(
            run_duties(
                store,
                blobs,
                lease_ms=options.lease_ms,
                retention_days=config.retention_days,
                schedules=PostgresSchedules(link, blobs),
                rollups=PostgresRollups(link),
                upkeep=PostgresUpkeep(link),
            ),
            name="duties",
        )
        try:
            await worker.run(stop, ready=ready)
        finally:
            duties.cancel()
            await asyncio.gather(duties, return_exceptions=True)
            await queue.stop()


@asynccontextmanager
async def _linked(config: Config, application: str) -> AsyncIterator[Link]:
    # Two leases: by then others have the packets, and a worker that waits for ever would be one less.
    silent = max(10.0, 2.0 * config.lease_seconds)
    link = Link(config.database_url, application=application, silent_seconds=silent)
    await link.open()
    try:
        yield link
    finally:
        await link.close()


def _executor(config: Config, blobs: FsspecBlobs) -> Executor:
    bundles = BundleCache(config.data / "bundles", blobs)
    allowed = AllowedHosts.parse(config.allowed_private_hosts)
    return Dispatch(
        builtin=BuiltinExecutor(CORE_SERVICES, allowed),
        inline=PythonExecutor(bundles),
        processes=ProcessExecutor(bundles, size=min(config.concurrency, config.processes)),
        http=HttpExecutor(allowed),
    )


def _callback_url(config: Config, packet: UUID, token: int) -> str:
    return f"{config.public_url}/callbacks/{make_callback_token(config.secret_key.encode(), packet, token)}"
