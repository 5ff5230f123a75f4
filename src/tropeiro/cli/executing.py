"""Starting a job from the command line, staying with it, and ending as it ended."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.cli.boundary import INTERRUPTED
from tropeiro.cli.children import worker_child
from tropeiro.cli.exits import ExitCode
from tropeiro.cli.following import follow
from tropeiro.cli.output import print_json, warn_line
from tropeiro.cli.progress import view
from tropeiro.cli.step_lines import took
from tropeiro.config import Config
from tropeiro.kernel.states import JobState
from tropeiro.kernel.workflow import Workflow
from tropeiro.platform.data_folder import running_up
from tropeiro.platform.supervisor import Child, Supervisor
from tropeiro.platform.workers_alive import workers_alive
from tropeiro.web.jobs.queries import JobDetails, output_text
from tropeiro.web.member import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to go about it."""

    wait: bool = True
    json: bool = False
    quiet: bool = False


def somebody_works(config: Config) -> bool:
    """Whether jobs are taken care of without us."""
    return running_up(config.data) is not None or workers_alive(config.database_url) > 0


def execute(
    config: Config,
    member: Member,
    start: Callable[[], UUID],
    manner: Manner,
    *,
    workflow: Workflow | None = None,
    helpers: Sequence[Child] = (),
) -> int:
    """Start a job, follow it to its end, print its output; the exit code. Without anybody who works, a worker of our
    own does, for as long, together with ``helpers``.
    """
    working = somebody_works(config)
    job = start()
    if not manner.wait:
        print_json({"job": job}) if manner.json else sys.stdout.write(f"{job}\n")
        if not working:
            warn_line("No worker is running; the job waits for one. Start one with: tropeiro up")
        return ExitCode.SUCCEEDED

    def stay(stop: threading.Event | None = None) -> JobDetails:
        with view(quiet=manner.quiet) as shown:
            return follow(member, job, url=config.database_url, view=shown, workflow=workflow, stop=stop)

    try:
        children = [*helpers, worker_child(config, "worker")]
        ended = stay() if working else asyncio.run(_alongside(children, config, stay))
    except KeyboardInterrupt:
        _say_left(job)
        raise
    if not ended.final:
        _say_left(job)
        return INTERRUPTED
    return finish(member, ended, manner)


def finish(member: Member, job: JobDetails, manner: Manner) -> int:
    """Print how a job that is over ended; the exit code."""
    succeeded = job.state is JobState.SUCCEEDED
    if not manner.quiet:
        spent = took(job.started_at, job.finished_at) if job.started_at else ""
        warn_line(
            f"Job {job.id} {job.state}{f' after {spent}' if spent else ''}.", colour="green" if succeeded else "red"
        )
    if manner.json:
        output = msgspec.Raw(output_text(member, job.id).encode()) if succeeded else None
        print_json({"job": job.id, "name": job.name, "state": job.state, "output": output, "error": job.error})
    elif succeeded:
        _print_output(output_text(member, job.id))
    elif job.error:
        at = f" (at {job.error['path']})" if job.error.get("path") else ""
        warn_line(f"{job.error.get('code')}: {job.error.get('message')}{at}")
        warn_line(f"See: tropeiro job show {job.id}")
    return ExitCode.SUCCEEDED if succeeded else ExitCode.JOB_FAILED


def _print_output(text: str) -> None:
    formatted: Any = msgspec.json.format(text, indent=2) if sys.stdout.isatty() else text
    sys.stdout.write(f"{formatted}\n")


def _say_left(job: UUID) -> None:
    warn_line(f"Job {job} was left as it is: it goes on whenever a worker runs. To end it: tropeiro job cancel {job}")


async def _alongside(
    children: Sequence[Child], config: Config, work: Callable[[threading.Event], JobDetails]
) -> JobDetails:
    """``work`` in a thread, with ``children`` running for as long. Ctrl-C asks ``work`` to stop."""
    stop = threading.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    supervisor = Supervisor(children, logs=config.data / "logs", say=warn_line)
    working = asyncio.create_task(asyncio.to_thread(work, stop))
    watching: asyncio.Task[None] | None = None
    try:
        await supervisor.start()
        watching = asyncio.create_task(supervisor.watch())
        return await working
    finally:
        stop.set()
        await supervisor.stop()
        await asyncio.gather(working, *([watching] if watching else []), return_exceptions=True)
