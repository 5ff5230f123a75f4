"""A service process: makes one call after the other for the worker that started it.

``python -m tropeiro.executors.child FD PARENT MEMORY``: ``FD`` is the socket to the worker, ``PARENT`` the worker's
process id, ``MEMORY`` the limit of the address space in bytes, 0 for none. The worker starts it at the head of a
process group of its own, so that ending the group also ends what the service started.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from tropeiro.executors.loading import load_entry
from tropeiro.executors.outcomes import encode_output, failure, refused, unloadable
from tropeiro.executors.wire import Answer, Answered, Began, Line, Moved, Run, pack, run_from
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.outcome import Fail, Retry
from tropeiro.sdk.context import Context
from tropeiro.sdk.definition import definition_of
from tropeiro.sdk.redaction import Redactor

_PR_SET_PDEATHSIG = 1


class Interrupted(BaseException):
    """The worker ends the call. Not an `Exception`, so that a service's own handlers let it pass."""


class Wire:
    """The socket to the worker, for sending; safe for the threads that a service starts."""

    def __init__(self, worker: socket.socket) -> None:
        self._worker = worker
        self._lock = threading.Lock()

    def send(self, answer: Answer) -> None:
        """Blocks while the worker is behind with reading."""
        data = pack(answer)
        with self._lock:
            self._worker.sendall(data)


class Reports:
    """Sends one call's log lines and progress to the worker, as they come."""

    def __init__(self, wire: Wire, number: int) -> None:
        self._wire = wire
        self._number = number

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """One line."""
        self._wire.send(Line(self._number, level, message, fields))

    def progress(self, fraction: float, message: str) -> None:
        """How far."""
        self._wire.send(Moved(self._number, fraction, message))


class Child:
    """The process, between its first call and its last."""

    def __init__(self, worker: socket.socket) -> None:
        self._worker = worker
        self._wire = Wire(worker)
        self._context: Context | None = None

    def serve(self) -> None:
        """Make calls until the worker closes the socket."""
        signal.signal(signal.SIGTERM, self._on_sigterm)
        while (body := self._receive()) is not None:
            # Again for each call: the one before may have put a handler of its own in place.
            signal.signal(signal.SIGTERM, self._on_sigterm)
            try:
                answer = self._answer(run_from(body))
            except Interrupted:
                return
            self._context = None
            sys.stdout.flush()
            sys.stderr.flush()
            self._wire.send(answer)

    def _answer(self, run: Run) -> Answered | Fail | Retry:
        folder, redactor = Path(run.folder), Redactor(run.credential)
        try:
            definition = definition_of(load_entry(folder, run.bundle, run.entry))
        except InvalidInput as error:
            return unloadable(run.entry, error, redactor)
        context = self._context = Context(
            reporter=Reports(self._wire, run.number),
            job=run.job,
            path=run.path,
            attempt=run.attempt,
            organization=run.organization,
            project=run.project,
            idempotency_key=run.key,
            timeout_ms=run.timeout_ms,
            credential=run.credential,
            redactor=redactor,
        )
        try:
            positional, named = definition.arguments(msgspec.json.decode(run.inputs), context)
        except InvalidInput as error:
            return refused(error, redactor)
        self._wire.send(Began())
        try:
            data = encode_output(definition, definition.function(*positional, **named))
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever a service raises is its outcome
            return failure(error, redactor, folder)
        return Answered(msgspec.Raw(data)) if isinstance(data, bytes) else data

    def _on_sigterm(self, _number: int, _frame: FrameType | None) -> None:
        if self._context is None:
            raise Interrupted
        self._context.cancel()
        if not self._context.watches_cancellation:
            raise Interrupted

    def _receive(self) -> bytes | None:
        head = self._exactly(4)
        return None if head is None else self._exactly(int.from_bytes(head, "big"))

    def _exactly(self, count: int) -> bytes | None:
        data = bytearray()
        while len(data) < count:
            piece = self._worker.recv(min(count - len(data), 1 << 20))
            if not piece:
                return None
            data += piece
        return bytes(data)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The worker died before the line above took effect.
        os._exit(1)


def main() -> NoReturn:
    """Serve the worker named on the command line."""
    descriptor, parent, memory = (int(argument) for argument in sys.argv[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    faulthandler.enable()
    # A pipe would make Python keep printed lines back until the end of the call.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with socket.socket(fileno=descriptor) as worker:
        worker.set_inheritable(False)
        # Either way the worker has ended the call or is gone: nobody is left to tell.
        with suppress(Interrupted, ConnectionError):
            Child(worker).serve()
    sys.stdout.flush()
    # Threads that a service left behind must not keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    main()
