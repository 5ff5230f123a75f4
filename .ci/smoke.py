"""`make run` as a newcomer sees it: up, the sample's result, a console that answers; Ctrl-C; up again, quickly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import psutil

UP = "Tropeiro is up:"
DONE = "Ctrl-C stops it."
FIRST_SECONDS = 180.0
SECOND_SECONDS = 10.0
STOP_SECONDS = 60.0


def main() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environ = {**os.environ, "TROPEIRO_PORT": str(port)}
    for turn, limit in (("first", FIRST_SECONDS), ("second", SECOND_SECONDS)):
        seconds = _once(environ, port)
        print(f"The {turn} start took {seconds:.1f} s.")
        if seconds > limit:
            sys.exit(f"The {turn} start took {seconds:.1f} s; {limit:.0f} s is the limit.")
    return 0


def _once(environ: dict[str, str], port: int) -> float:
    began = time.monotonic()
    with subprocess.Popen(
        ["make", "run"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        # Ends a start that never becomes ready; that closes its output, and so ends the wait for a line.
        watchdog = threading.Timer(FIRST_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.daemon = True
        watchdog.start()
        try:
            seconds = _until_ready(process, began)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                assert answer.status == 200
            family = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGINT)
            rest, _ = process.communicate(timeout=STOP_SECONDS)
            sys.stdout.write(rest)
        finally:
            watchdog.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=5)
    if left := [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        sys.exit(f"Ctrl-C left processes behind: {left}")
    return seconds


def _until_ready(process: subprocess.Popen[str], began: float) -> float:
    """Seconds until it was up; returns when the sample has run, too."""
    assert process.stdout is not None
    seconds = 0.0
    for line in process.stdout:
        sys.stdout.write(line)
        if UP in line:
            seconds = time.monotonic() - began
        if DONE in line:
            return seconds
    sys.exit(f"make run ended with status {process.wait()} before it was up.")


if __name__ == "__main__":
    sys.exit(main())
