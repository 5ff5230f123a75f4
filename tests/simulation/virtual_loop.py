"""An event loop without a world: time is a number, and every callback belongs to a process that can die or freeze.

Within one process callbacks run in the order in which they were registered, as asyncio promises; which process goes
next is a matter of chance, and chance is seeded. Time moves on only when nobody can do anything.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from random import Random
from typing import Any

OWNER: ContextVar[Process] = ContextVar("owner")


MOST_CALLBACKS = 300_000
"""Of one run; a hundred times what it takes."""


class Idle(Exception):
    """Nothing will ever happen again."""


class Restless(Exception):
    """Something goes on and on, and gets nowhere."""


class Handle:
    """A callback that is due, or will be."""

    __slots__ = ("args", "callback", "context", "owner")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context, owner: Process) -> None:
        self.callback: Callable[..., Any] | None = callback
        self.args, self.context, self.owner = args, context, owner

    def cancel(self) -> None:
        self.callback = None

    def cancelled(self) -> bool:
        return self.callback is None


class Process:
    """What dies and freezes as one: all callbacks of one process of the operating system."""

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self.name = name
        self.ready: deque[Handle] = deque()
        self.dead = self.frozen = False
        self.tasks: list[Task] = []
        self.context = Context()
        self.context.run(OWNER.set, self)
        self._loop = loop

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> Task:
        """Run a coroutine in this process."""
        return self._loop.create_task(coroutine, context=self.context.copy())

    def later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Handle:
        return self._loop.call_at(self._loop.now + delay, callback, *args, context=self.context)

    def kill(self) -> None:
        """The end, with nothing cleaned up."""
        self.dead = True
        self.ready.clear()
        self._loop.stalled(self)

    def freeze(self) -> None:
        self.frozen = True
        self._loop.stalled(self)

    def thaw(self) -> None:
        """Everything that came due in the meantime happens now."""
        self.frozen = False
        if self.ready:
            self._loop.runnable.append(self)


class Task(asyncio.Task[Any]):
    """A task whose place in a set does not depend on where it lies in memory."""

    def __init__(self, *args: Any, serial: int, **keys: Any) -> None:
        self._serial = serial
        super().__init__(*args, **keys)

    def __hash__(self) -> int:
        return self._serial


class VirtualLoop(asyncio.AbstractEventLoop):
    """As much of a loop as tasks, futures, locks, timeouts and groups need."""

    def __init__(self, random: Random) -> None:
        self.now = 0.0
        self.runnable: list[Process] = []
        self.errors: list[BaseException] = []
        self._random = random.random
        self._timers: list[tuple[float, int, Handle]] = []
        self._serial = 0

    # What asyncio asks for

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> Task:
        self._serial += 1
        owner = OWNER.get() if context is None else context[OWNER]
        task = Task(coro, loop=self, name=name or "task", context=context, serial=self._serial)
        owner.tasks.append(task)
        return task

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Handle:
        if context is None:
            context = copy_context()
        owner = context[OWNER]
        handle = Handle(callback, args, context, owner)
        if not owner.dead:
            self._due(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> Handle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Handle:
        if context is None:
            context = copy_context()
        handle = Handle(callback, args, context, context[OWNER])
        self._serial += 1
        heappush(self._timers, (when, self._serial, handle))
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self.errors.append(error)

    # What makes it go

    def run(self, over: Callable[[], bool]) -> None:
        """Go on until ``over``, which is asked whenever nobody has anything to do.

        Raises `Idle` when nothing is left to do before that, `Restless`, and what a callback raises.
        """
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            for _ in range(MOST_CALLBACKS):
                if self.runnable:
                    self._one()
                elif over():
                    return
                else:
                    self._pass_time()
            raise Restless
        finally:
            events._set_running_loop(before)

    def dispose(self, processes: list[Process]) -> None:
        """Close the coroutines that nobody will go on with, so that nothing is said about them."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            for process in processes:
                process.dead = True
                for task in process.tasks:
                    task._log_destroy_pending = False  # type: ignore[attr-defined]
                    process.context.run(_close, task.get_coro())
        finally:
            events._set_running_loop(before)

    def _one(self) -> None:
        runnable = self.runnable
        place = int(self._random() * len(runnable)) if len(runnable) > 1 else 0
        process = runnable[place]
        handle = process.ready.popleft()
        if not process.ready:
            runnable[place] = runnable[-1]
            runnable.pop()
        if handle.callback is not None:
            handle.context.run(handle.callback, *handle.args)

    def _pass_time(self) -> None:
        timers = self._timers
        while timers and (timers[0][2].callback is None or timers[0][2].owner.dead):
            heappop(timers)
        if not timers:
            raise Idle
        self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            handle = heappop(timers)[2]
            if handle.callback is not None and not handle.owner.dead:
                self._due(handle)

    def _due(self, handle: Handle) -> None:
        owner = handle.owner
        owner.ready.append(handle)
        if len(owner.ready) == 1 and not owner.frozen:
            self.runnable.append(owner)

    def stalled(self, process: Process) -> None:
        if process in self.runnable:
            self.runnable.remove(process)


def _close(coroutine: Any) -> None:
    # A group that is being left waits for its tasks once more before it lets go.
    for _ in range(3):
        with suppress(BaseException):
            coroutine.close()
            return
