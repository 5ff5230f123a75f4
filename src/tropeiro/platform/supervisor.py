"""Child processes: started in order, watched, restarted when they crash, ended in reverse order, never left behind.

Every child runs in a session of its own: Ctrl-C reaches the supervisor only, which then drains them, and whatever a
child started is in its process group and ends with it. What children print goes to ``<logs>/<name>.log``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.child import LIFELINE_FD, READY_FD, START_FD

FIRST_DELAY = 0.5

LONGEST_DELAY = 30.0
CALM_SECONDS = 60.0
"""A child that lived this long before it crashed is restarted without delay growing."""
MALLOC_ARENAS = "2"
"""How many heaps the C library may make for the threads of a child: each keeps what it once had."""
LOG_BYTES = 16 * 2**20
"""A log longer than this at a child's start becomes ``<name>.log.1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process to keep."""

    name: str
    module: str
    """Run as ``python -m`` does."""
    arguments: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    """Over the supervisor's own."""
    descriptors: tuple[int, ...] = ()
    """Open ones that the child inherits under the same numbers."""
    stage: int = 0
    """Children of one stage start together, when those of the stage before are ready; they are drained in reverse."""
    ready_seconds: float = 60.0
    drain_seconds: float = 30.0


@dataclass(slots=True, kw_only=True)
class _Kept:
    child: Child
    process: asyncio.subprocess.Process
    started: float
    start: int
    """Descriptor to write its start to."""
    ready: int
    """Descriptor that it says on that it is ready."""
    delay: float = FIRST_DELAY


class Supervisor:
    """Keeps `children`. Use: ``start``, then ``watch`` for as long as they shall live, then ``stop``.

    ``load`` before ``start`` lets them all import their modules while what they depend on is not there yet. That is for
    children that call `child.await_start`; others would go ahead at once.
    """

    def __init__(self, children: Sequence[Child], *, logs: Path, say: Callable[[str], None]) -> None:
        self._children = tuple(children)
        self._logs = logs
        self._say = say
        self._kept: dict[str, _Kept] = {}
        self._stopping = asyncio.Event()
        self._lifeline = os.pipe()
        self._environ: Mapping[str, str] = {}

    async def load(self) -> None:
        """Begin every process; each waits for its start."""
        for child in self._children:
            await self._spawn(child)

    async def start(self, environ: Mapping[str, str] | None = None) -> None:
        """Start all, stage after stage, until the last is ready. ``environ`` goes over every child's own, now and when
        it is started again. Raises `PlatformUnavailable`; then call ``stop``.
        """
        self._environ = environ or {}
        for _, stage in groupby(sorted(self._children, key=lambda child: child.stage), key=lambda child: child.stage):
            try:
                async with asyncio.TaskGroup() as group:
                    for child in stage:
                        group.create_task(self._start(child))
            except ExceptionGroup as problems:
                raise problems.exceptions[0] from None

    async def watch(self) -> None:
        """Restart what crashes, until ``stop`` is called."""
        async with asyncio.TaskGroup() as group:
            for kept in self._kept.values():
                group.create_task(self._keep(kept))

    async def stop(self) -> None:
        """Drain all, the last stage first: SIGTERM, then, after the child's own time, SIGKILL. May be repeated."""
        self._stopping.set()
        kept = sorted(self._kept.values(), key=lambda one: -one.child.stage)
        for _, stage in groupby(kept, key=lambda one: one.child.stage):
            await asyncio.gather(*(self._end(one) for one in stage))
        for descriptor in self._lifeline:
            with suppress(OSError):
                os.close(descriptor)

    def kill(self) -> None:
        """End all at once, drained or not."""
        self._stopping.set()
        for kept in self._kept.values():
            _kill_group(kept.process.pid)

    def processes(self) -> dict[str, int]:
        """Process ids by child's name."""
        return {name: kept.process.pid for name, kept in self._kept.items()}

    async def _start(self, child: Child) -> _Kept:
        kept = self._kept.get(child.name)
        if kept is None or kept.start < 0:
            kept = await self._spawn(child)
        with suppress(BrokenPipeError), os.fdopen(kept.start, "wb") as pipe:
            kept.start = -1
            pipe.write(f"{json.dumps(dict(self._environ))}\n".encode())
        ready, kept.ready = kept.ready, -1
        try:
            async with asyncio.timeout(child.ready_seconds):
                said = await _line(ready)
        except TimeoutError:
            raise PlatformUnavailable(
                f"{child.name} was not ready after {child.ready_seconds:.0f} s.", hint=self._where(child)
            ) from None
        if not said:
            status = await kept.process.wait()
            raise PlatformUnavailable(
                f"{child.name} ended {_how(status)} before it was ready: {self._last_line(child)}",
                hint=self._where(child),
            )
        return kept

    async def _spawn(self, child: Child) -> _Kept:
        start_far, start = os.pipe()
        ready, ready_far = os.pipe()
        try:
            with self._open_log(child) as log:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tropeiro.platform.child",
                    child.module,
                    *child.arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={
                        "MALLOC_ARENA_MAX": MALLOC_ARENAS,
                        **os.environ,
                        **child.environ,
                        **self._environ,
                        "PYTHONUNBUFFERED": "1",
                        START_FD: str(start_far),
                        READY_FD: str(ready_far),
                        LIFELINE_FD: str(self._lifeline[0]),
                    },
                    pass_fds=(*child.descriptors, start_far, ready_far, self._lifeline[0]),
                    start_new_session=True,
                )
        except BaseException:
            os.close(start)
            os.close(ready)
            raise
        finally:
            os.close(start_far)
            os.close(ready_far)
        kept = _Kept(child=child, process=process, started=time.monotonic(), start=start, ready=ready)
        self._kept[child.name] = kept
        return kept

    async def _keep(self, kept: _Kept) -> None:
        while True:
            status = await kept.process.wait()
            _kill_group(kept.process.pid)
            if self._stopping.is_set():
                return
            child = kept.child
            delay = FIRST_DELAY if time.monotonic() - kept.started > CALM_SECONDS else kept.delay
            self._say(f"{child.name} ended {_how(status)}; it is started again in {delay:.1f} s. {self._where(child)}")
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()
            if self._stopping.is_set():
                return
            try:
                kept = await self._start(child)
                self._say(f"{child.name} is ready again.")
            except PlatformUnavailable as problem:
                self._say(problem.message)
                kept = self._kept[child.name]
                _kill_group(kept.process.pid)
            kept.delay = min(delay * 2, LONGEST_DELAY)

    async def _end(self, kept: _Kept) -> None:
        process = kept.process
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(kept.child.drain_seconds):
                    await process.wait()
            except TimeoutError:
                self._say(f"{kept.child.name} did not drain in {kept.child.drain_seconds:.0f} s and was killed.")
        _kill_group(process.pid)
        await process.wait()
        for descriptor in (kept.start, kept.ready):
            if descriptor >= 0:
                os.close(descriptor)
        kept.start = kept.ready = -1

    def _open_log(self, child: Child) -> IO[bytes]:
        path = self._logs / f"{child.name}.log"
        with suppress(FileNotFoundError):
            if path.stat().st_size > LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _last_line(self, child: Child) -> str:
        with (self._logs / f"{child.name}.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:500] if lines else "it said nothing."

    def _where(self, child: Child) -> str:
        return f"Its log is {self._logs / f'{child.name}.log'}."


def _how(status: int) -> str:
    return f"by signal {signal.Signals(-status).name}" if status < 0 else f"with status {status}"


def _kill_group(leader: int) -> None:
    # The group outlives its leader for as long as any of its processes does, so the number cannot be another's.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


async def _line(descriptor: int) -> bytes:
    """One line from a pipe, or ``b""`` when its other end was closed without one. Closes the descriptor."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        return await reader.readline()
    finally:
        transport.close()
