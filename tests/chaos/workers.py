"""Worker processes: started as an operator starts them, kept as a supervisor keeps them, and made to suffer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

_RESTART_SECONDS = 0.5
_RESTART_BROKEN_SECONDS = 3.0
"""After a process that could not even begin."""


class Place:
    """A worker's place: when its process ends by itself, another one takes it."""

    def __init__(self, name: str, environ: Mapping[str, str], log: Path) -> None:
        self.name, self.environ, self.log = name, dict(environ), log
        self.ends: list[int] = []
        """Return codes of the processes that had this place, in order."""
        self._leaving = threading.Event()
        self._changed = threading.Condition()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> bool:
        """SIGKILL; whether the process ended of it."""
        with self._changed:
            ended = len(self.ends)
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._changed.wait_for(lambda: len(self.ends) > ended, timeout=30)
            return bool(self.ends[ended:] == [-signal.SIGKILL])

    def freeze(self) -> int:
        """SIGSTOP; which process stands still now."""
        pid = self._process.pid
        os.kill(pid, signal.SIGSTOP)
        return pid

    def thaw(self, pid: int) -> bool:
        """SIGCONT; whether that process stood still until now, and lives."""
        process = psutil.Process(pid)
        stood = process.status() == psutil.STATUS_STOPPED
        os.kill(pid, signal.SIGCONT)
        return bool(stood and process.is_running())

    def leave(self) -> None:
        """End it in good order."""
        self._leaving.set()
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGCONT)
            os.kill(self._process.pid, signal.SIGTERM)
        self._keeper.join(15)
        if self._keeper.is_alive():
            self._process.kill()
            self._keeper.join(15)

    def _keep(self) -> None:
        while True:
            code = self._process.wait()
            with self._changed:
                self.ends.append(code)
                self._changed.notify_all()
            if self._leaving.wait(_RESTART_BROKEN_SECONDS if code > 0 and code != 9 else _RESTART_SECONDS):
                return
            self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tropeiro.cli.main", "worker"],
                env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip


class Troupe:
    """All workers of a stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: list[Place] = []

    def hire(self, count: int, environ: Mapping[str, str]) -> list[Place]:
        """More workers. They take packets when the database says that they are up."""
        hired = []
        for _ in range(count):
            name = f"worker{len(self.places)}"
            hired.append(Place(name, environ, self.folder / f"{name}.log"))
            self.places.append(hired[-1])
        return hired

    def dismiss(self) -> None:
        """End all, side by side."""
        endings = [threading.Thread(target=place.leave) for place in self.places]
        for one in endings:
            one.start()
        for one in endings:
            one.join()

    def said(self) -> str:
        """Everything that the workers logged."""
        return "\n".join(place.log.read_text(errors="replace") for place in self.places if place.log.exists())
