"""``tropeiro up``: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import typer

from tropeiro.cli.children import emulator_child, free_port, web_child, worker_child
from tropeiro.cli.errands import Prepared, look, prepare, run_sample
from tropeiro.cli.output import Json
from tropeiro.cli.telling import Say, teller
from tropeiro.config import Config, load
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform import data_folder
from tropeiro.platform.listening import listen
from tropeiro.platform.opening import opened, revived
from tropeiro.platform.supervisor import Child, Supervisor

app = typer.Typer(add_completion=False)

_Result = TypeVar("_Result")

LOOK_SECONDS = 1.0
"""Between two looks at whether the embedded database is still there."""


@app.command()
def up(
    sample: Annotated[
        bool, typer.Option("--sample", help="Apply the sample project, start its emulator, and run it once.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, max=512, help="Worker processes; one for each core.")
    ] = None,
    new_password: Annotated[
        bool, typer.Option("--new-password", help="Give the console's operator a new password, and show it.")
    ] = False,
    json: Json = False,
) -> None:
    """Start everything on this machine: the embedded database, web, and workers; until Ctrl-C, which drains them.

    Listens on TROPEIRO_HOST and TROPEIRO_PORT. With DATABASE_URL that server is used and no database is started.
    """
    say = teller(json=json)
    config = load(os.environ)
    data_folder.prepare(config.data)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(config.host, config.port))
        config = _with_port(config, listener.getsockname()[1])
        stack.enter_context(data_folder.sole_up(config.data, config.public_url))
        say("starting", f"Starting on {config.data} …", data=config.data)
        emulator: list[Child] = []
        if sample and not config.ga_endpoint:
            config = replace(config, ga_endpoint=f"http://127.0.0.1:{free_port()}")
            emulator = [emulator_child(urlsplit(config.ga_endpoint).port or 0)]
        count = workers or config.workers or os.cpu_count() or 1
        children = [
            web_child(config, listener.fileno()),
            *(worker_child(config, f"worker-{number + 1}") for number in range(count)),
            *emulator,
        ]
        code = asyncio.run(_serve(config, children, stack, say, sample=sample, new_password=new_password, json=json))
    raise typer.Exit(code)


async def _serve(
    config: Config, children: list[Child], stack: ExitStack, say: Say, *, sample: bool, new_password: bool, json: bool
) -> int:
    supervisor = Supervisor(children, logs=config.data / "logs", say=lambda text: say("child", text))
    stop = asyncio.Event()

    def leave() -> None:
        if stop.is_set():
            supervisor.kill()
        stop.set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, leave)
    watching: asyncio.Task[None] | None = None
    keeping: asyncio.Task[None] | None = None
    embedded = config.embedded
    code: int | None = 0
    try:
        begun = await _unless(stop, _begin(config, supervisor, stack, say, new_password=new_password))
        if begun is not None:
            config, prepared = begun
            watching = asyncio.create_task(supervisor.watch())
            if embedded:
                keeping = asyncio.create_task(_keep_database(config, stop, say))
            say("up", f"Tropeiro is up: {config.public_url}", url=config.public_url)
            if sample:
                code = await _unless(stop, run_sample(config, json=json))
            if code == 0:
                _welcome(config, prepared, say)
                await stop.wait()
    finally:
        say("draining", "Draining; Ctrl-C again ends everything at once.")
        await supervisor.stop()
        if watching is not None:
            await watching
        if keeping is not None:
            stop.set()
            await keeping
    say("stopped", "Stopped.")
    return code or 0


async def _begin(
    config: Config, supervisor: Supervisor, stack: ExitStack, say: Say, *, new_password: bool
) -> tuple[Config, Prepared]:
    """Bring everything up: the children import their modules while the database starts."""
    opening = asyncio.ensure_future(asyncio.to_thread(stack.enter_context, opened(config)))
    try:
        await supervisor.load()
        config = await asyncio.shield(opening)
    finally:
        # Whoever leaves meanwhile shall find it in the stack, and so close it.
        await asyncio.wait([opening])
    prepared = None if new_password else await asyncio.to_thread(look, config.database_url)
    if prepared is None:
        prepared = await prepare(config, new_password=new_password)
    if prepared.migrated:
        say("migrated", "The database was brought to this version.")
    await supervisor.start({"DATABASE_URL": config.database_url})
    return config, prepared


async def _keep_database(config: Config, stop: asyncio.Event, say: Say) -> None:
    """Start the embedded database again when it ends by itself. Web and workers connect again without our help."""
    while not stop.is_set():
        try:
            if await asyncio.to_thread(revived, config):
                say("database", "The embedded database had ended; it is up again. Its log tells why.")
        except PlatformUnavailable as problem:
            # What is left of a killed server may need a moment to go.
            say("database", problem.message)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, _Result]) -> _Result | None:
    """What ``work`` came to, or ``None`` when ``stop`` was set before: then it is cancelled."""
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait([task])
    return None


def _welcome(config: Config, prepared: Prepared, say: Say) -> None:
    password = (
        f", password {prepared.password}" if prepared.password else " (another password: tropeiro up --new-password)"
    )
    say("welcome", f"Console: {config.public_url}  Log in as {prepared.user}{password}", user=prepared.user)
    say("ready", "Ctrl-C stops it.")


def _with_port(config: Config, port: int) -> Config:
    if config.port == port:
        return config
    # Port 0 asked for any free one.
    return replace(config, port=port, public_url=config.public_url.removesuffix(":0") + f":{port}")
