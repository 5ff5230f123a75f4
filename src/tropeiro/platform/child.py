"""The other side of the supervisor: what a child process does to wait for its turn, to say that it is ready, and not
to outlive its parent.

``python -m tropeiro.platform.child MODULE ARGUMENT…`` runs a module as ``python -m`` does, followed by both.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading

START_FD = "TROPEIRO_START_FD"
"""Environment variable: descriptor to read a line from before starting: a JSON object of environment variables."""
READY_FD = "TROPEIRO_READY_FD"
"""Environment variable: descriptor to write a line to when ready."""
LIFELINE_FD = "TROPEIRO_LIFELINE_FD"
"""Environment variable: descriptor whose other end the parent holds for as long as it lives."""
LAST_SECONDS = 20.0
"""How long a child that lost its parent may take to end in good order."""


def await_start() -> None:
    """Wait until the supervisor says what was not known when this process began, and take it into ``os.environ``.

    A child imports what it needs before it calls this, while what it depends on is still starting. Without a supervisor
    nothing happens. Ends the process when the supervisor is gone.
    """
    if number := os.environ.pop(START_FD, ""):
        with os.fdopen(int(number), "rb") as pipe:
            line = pipe.readline()
        if not line:
            sys.exit("The process that started this one is gone.")
        os.environ.update(json.loads(line))


def announce_ready() -> None:
    """Tell the supervisor that this process does its work now. Without a supervisor nothing happens."""
    if number := os.environ.pop(READY_FD, ""):
        with os.fdopen(int(number), "wb") as pipe:
            pipe.write(b"ready\n")


def follow_parent() -> None:
    """End this process, as SIGTERM does, when the supervisor's process is gone, however it went."""
    if number := os.environ.pop(LIFELINE_FD, ""):
        lifeline = int(number)
        os.set_inheritable(lifeline, False)
        threading.Thread(target=_wait_for_end, args=(lifeline,), name="lifeline", daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    # No signal is for this thread: the main thread may wait for them in its own way.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    # Nobody ever writes to it: reading returns when the last holder of the other end is gone.
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    killer = threading.Timer(LAST_SECONDS, os.killpg, (os.getpgid(0), signal.SIGKILL))
    killer.daemon = True
    killer.start()


def _main() -> None:
    follow_parent()
    for name in (START_FD, READY_FD):
        if number := os.environ.get(name):
            os.set_inheritable(int(number), False)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
