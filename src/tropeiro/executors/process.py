"""One service process, seen from the worker: it makes one call at a time, and can be ended at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from tropeiro.executors.printed import Printed
from tropeiro.executors.wire import Answered, Answers, Began, Line, Moved, Run, pack
from tropeiro.kernel.outcome import ErrorInfo, Fail, Retry
from tropeiro.ports.executor import Reporter

_CHUNK = 1 << 18
_DEAF_SECONDS = 1.0
"""How long a process may live on after it closed its socket."""
SECRET_VARIABLES = frozenset(
    {"DATABASE_URL", "PGPASSWORD", "TROPEIRO_BLOBS", "TROPEIRO_MASTER_KEYS", "TROPEIRO_SECRET_KEY", "TROPEIRO_SMTP_URL"}
)
"""Environment variables of the worker that no service process gets to see."""

Ended = Answered | Fail | Retry


class Talk:
    """One call that a process is making."""

    def __init__(self, number: int, report: Reporter, printed: Printed) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.report = report
        self.printed = printed
        self.began: asyncio.Future[None] = loop.create_future()
        """Done when the function starts, or will not."""
        self.ended: asyncio.Future[Ended] = loop.create_future()

    def end(self, answer: Ended) -> None:
        """The call is over. A second answer is ignored."""
        if not self.began.done():
            self.began.set_result(None)
        if not self.ended.done():
            self.ended.set_result(answer)


class ServiceProcess:
    """A child process running `tropeiro.executors.child`. Made inside a running event loop, by its thread.

    (By its thread, because Linux ends the child together with the *thread* that started it.)
    """

    def __init__(self, on_gone: Callable[[ServiceProcess], None], *, memory_limit: int | None = None) -> None:
        self.bundle: str | None = None
        """Digest of the bundle whose modules it has imported."""
        self.expiry: asyncio.TimerHandle | None = None
        """Ends it when it has been idle for long."""
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[int] = self._loop.create_future()
        """Its return code, negative for a signal, once it has ended."""
        self._answers = Answers()
        self._talk: Talk | None = None
        self._number = 0
        self._complaint = ""
        self._socket, theirs = socket.socketpair()
        outputs = {"stdout": os.pipe(), "stderr": os.pipe()}
        command = (sys.executable, "-P", "-m", "tropeiro.executors.child")
        try:
            self._popen = subprocess.Popen(  # noqa: S603 -- this very interpreter, with numbers for arguments
                (*command, str(theirs.fileno()), str(os.getpid()), str(memory_limit or 0)),
                stdin=subprocess.DEVNULL,
                stdout=outputs["stdout"][1],
                stderr=outputs["stderr"][1],
                pass_fds=(theirs.fileno(),),
                process_group=0,
                env=_environment(os.environ),
            )
        except OSError:
            self._socket.close()
            for reading, _ in outputs.values():
                os.close(reading)
            raise
        finally:
            theirs.close()
            for _, writing in outputs.values():
                os.close(writing)
        self._outputs = {stream: reading for stream, (reading, _) in outputs.items()}
        self._listen()

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""
        return self._popen.pid

    async def begin(self, make: Callable[[int], Run], report: Reporter, printed: Printed) -> Talk:
        """Start a call. ``make`` gives the message for the call's number. Only when no other call is running."""
        self._number += 1
        talk = self._talk = Talk(self._number, report, printed)
        if self.gone.done():
            self._crashed(self.gone.result())
            return talk
        sending = self._loop.create_task(self._send(pack(make(talk.number))))
        try:
            waiting: set[asyncio.Future[Any]] = {sending, self.gone}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
        return talk

    async def _send(self, data: bytes) -> None:
        # A process that died meanwhile is noticed by its exit, which ends the talk.
        with suppress(OSError):
            await self._loop.sock_sendall(self._socket, data)

    async def end(self, grace: float) -> None:
        """Ask it to end (SIGTERM), after ``grace`` seconds make it (SIGKILL), and wait until it has."""
        self._signal(signal.SIGTERM)
        await asyncio.wait({self.gone}, timeout=grace)
        if not self.gone.done():
            self.kill()
            await asyncio.wait({self.gone})

    def kill(self) -> None:
        """SIGKILL to it and to everything it started."""
        if not self.gone.done():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self.gone.done():
            self._popen.send_signal(number)

    def _listen(self) -> None:
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._on_message)
        for stream, descriptor in self._outputs.items():
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, self._on_printed, stream)
        try:
            self._exit = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            # Not Linux, or an older one: a thread has to wait.
            self._exit = -1
            threading.Thread(target=self._wait_in_thread, daemon=True).start()
        else:
            self._loop.add_reader(self._exit, self._on_exit)

    def _wait_in_thread(self) -> None:
        self._popen.wait()
        with suppress(RuntimeError):
            # The loop may be closed by now.
            self._loop.call_soon_threadsafe(self._on_exit)

    def _on_message(self) -> bool:
        """Read once. False when there is nothing to read now."""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self._loop.remove_reader(self._socket)
            self._loop.call_later(_DEAF_SECONDS, self._kill_deaf)
            return False
        try:
            for answer in self._answers.feed(data):
                self._take(answer)
        except (ValueError, msgspec.DecodeError) as error:
            self._complaint = f"it sent something that is no answer ({error})"
            self._loop.remove_reader(self._socket)
            self.kill()
            return False
        return True

    def _kill_deaf(self) -> None:
        if not self.gone.done():
            self._complaint = "it closed its connection to the worker"
            self.kill()

    def _on_printed(self, stream: str) -> bool:
        """Read once from what the service prints. False when there is nothing to read now."""
        descriptor = self._outputs[stream]
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(descriptor)
            return False
        if self._talk is not None:
            self._talk.printed.feed(stream, data)
        return True

    def _take(self, answer: Began | Line | Moved | Ended) -> None:
        talk = self._talk
        if talk is None:
            return
        match answer:
            case Line(number=talk.number):
                talk.report.log(answer.level, answer.message, answer.fields)
            case Moved(number=talk.number):
                talk.report.progress(answer.fraction, answer.message)
            case Began():
                if not talk.began.done():
                    talk.began.set_result(None)
            case Answered() | Fail() | Retry():
                self._close_talk(answer)

    def _close_talk(self, answer: Ended) -> None:
        talk, stream_names = self._talk, tuple(self._outputs)
        if talk is None:
            return
        for stream in stream_names:
            # What it printed before it answered is in the pipe already.
            for _ in range(64):
                if not self._on_printed(stream):
                    break
        self._talk = None
        talk.printed.close()
        talk.end(answer)

    def _on_exit(self) -> None:
        if self._exit >= 0:
            self._loop.remove_reader(self._exit)
            os.close(self._exit)
        # Before the exit status is collected: until then nobody else can get this group's id.
        self.kill()
        status = self._popen.wait()
        while self._on_message():
            pass
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self.gone.set_result(status)
        self._crashed(status)
        self._socket.close()
        for descriptor in self._outputs.values():
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        if self.expiry is not None:
            self.expiry.cancel()
        self._on_gone(self)

    def _crashed(self, status: int) -> None:
        self._close_talk(_crash(status, self._complaint))


def _crash(status: int, complaint: str) -> Fail:
    details: dict[str, int | str] = {"exit_code": status}
    how = f"ended with exit code {status}"
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        details = {"signal": name}
        how = f"was ended by {name}"
        if status == -signal.SIGKILL:
            how += " (the system does that when memory runs out)"
    if complaint:
        how = f"was ended, because {complaint}"
    return Fail(
        ErrorInfo(
            code="service_crashed",
            message=f"The service's process {how} before it answered",
            retryable=True,
            details=details,
        )
    )


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in SECRET_VARIABLES}
