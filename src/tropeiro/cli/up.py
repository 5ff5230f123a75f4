"""``tropeiro up``: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Any

import typer

from tropeiro.cli.console import bring_to_this_version
from tropeiro.cli.executing import COMMAND, worker_child
from tropeiro.cli.output import Json, print_json, print_line
from tropeiro.cli.sample import emulator_child, free_port
from tropeiro.cli.sample_run import run_sample
from tropeiro.config import Config, load
from tropeiro.platform import data_folder
from tropeiro.platform.listening import listen
from tropeiro.platform.opening import child_environ, opened
from tropeiro.platform.supervisor import Child, Supervisor
from tropeiro.web.accounts.access import local_member
from tropeiro.web.accounts.actions import FirstStart, ensure_first_start, set_password
from tropeiro.web.member import Member
from tropeiro.web.setup import configure

app = typer.Typer(add_completion=False)

Say = Callable[..., None]


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
    say = _teller(json=json)
    config = load(os.environ)
    data_folder.prepare(config.data)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(config.host, config.port))
        config = _with_port(config, listener.getsockname()[1])
        stack.enter_context(data_folder.sole_up(config.data, config.public_url))
        say("starting", f"Starting on {config.data} …", data=config.data)
        config = stack.enter_context(opened(config))
        configure(config)
        if bring_to_this_version():
            say("migrated", "The database was brought to this version.")
        first = ensure_first_start()
        if new_password:
            first = replace(first, password=set_password(first.user))
        member = local_member(first.organization)
        config, children = _children(config, listener.fileno(), workers or config.workers or os.cpu_count() or 1)
        if sample:
            config, children = _with_emulator(config, children)
        asyncio.run(_serve(config, children, say, member if sample else None, first))


def _children(config: Config, descriptor: int, workers: int) -> tuple[Config, list[Child]]:
    web = Child(
        name="web",
        module=COMMAND,
        arguments=("web", "--fd", str(descriptor)),
        environ=child_environ(config),
        descriptors=(descriptor,),
    )
    return config, [web, *(worker_child(config, f"worker-{number + 1}") for number in range(workers))]


def _with_emulator(config: Config, children: list[Child]) -> tuple[Config, list[Child]]:
    if config.ga_endpoint:
        return config, children
    port = free_port()
    config = replace(config, ga_endpoint=f"http://127.0.0.1:{port}")
    told = [replace(child, environ={**child.environ, **child_environ(config)}) for child in children]
    return config, [emulator_child(port), *told]


async def _serve(config: Config, children: list[Child], say: Say, sample: Member | None, first: FirstStart) -> None:
    supervisor = Supervisor(children, logs=config.data / "logs", say=lambda text: say("child", text))
    stop, stop_thread = asyncio.Event(), threading.Event()

    def leave() -> None:
        if stop.is_set():
            supervisor.kill()
        stop.set()
        stop_thread.set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, leave)
    watching: asyncio.Task[None] | None = None
    try:
        if await _unless(stop, supervisor.start()):
            watching = asyncio.create_task(supervisor.watch())
            say("up", f"Tropeiro is up: {config.public_url}", url=config.public_url)
            if sample is not None:
                await asyncio.to_thread(run_sample, config, sample, say, stop_thread)
            if not stop.is_set():
                _welcome(config, first, say)
                await stop.wait()
    finally:
        say("draining", "Draining; Ctrl-C again ends everything at once.")
        await supervisor.stop()
        if watching is not None:
            await watching
    say("stopped", "Stopped.")


async def _unless(stop: asyncio.Event, starting: Any) -> bool:
    """Whether ``starting`` came to its end before ``stop`` was set; otherwise it is cancelled."""
    task, stopping = asyncio.ensure_future(starting), asyncio.ensure_future(stop.wait())
    await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        task.result()
        return True
    task.cancel()
    await asyncio.wait([task])
    return False


def _welcome(config: Config, first: FirstStart, say: Say) -> None:
    password = f", password {first.password}" if first.password else " (another password: tropeiro up --new-password)"
    say("welcome", f"Console: {config.public_url}  Log in as {first.user}{password}", user=first.user)
    say("ready", "Ctrl-C stops it.")


def _with_port(config: Config, port: int) -> Config:
    if config.port == port:
        return config
    # Port 0 asked for any free one.
    return replace(config, port=port, public_url=config.public_url.removesuffix(":0") + f":{port}")


def _teller(*, json: bool) -> Say:
    def say(event: str, text: str, **facts: Any) -> None:
        if json:
            print_json({"event": event, "message": text, **facts})
        else:
            print_line(text)
            # Whoever waits for a line of ours through a pipe shall not wait for a full buffer.
            sys.stdout.flush()

    return say
