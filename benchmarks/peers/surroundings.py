"""What every peer needs: a cache for its code, a folder for its state, processes that end with the run, PostgreSQL."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tropeiro.platform import data_folder, database

CACHE = Path(__file__).parents[2] / ".bench"
"""Where the peers' own code is installed; never committed."""
PROGRAMS = Path(__file__).parent / "programs"
ANSWER = "=> "


class CannotMeasureError(Exception):
    """A peer cannot be installed, started or measured; the text says why and what would help."""


class Place:
    """The folder of one peer's run, with all that was started in it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack

    def postgres(self) -> str:
        """URL of a fresh PostgreSQL with the settings that ours has, over the same kind of socket."""
        data = self.folder / "postgresql"
        data_folder.prepare(data)
        return self.stack.enter_context(database.running(data))

    def start(
        self, name: str, command: Sequence[str | Path], *, environ: Mapping[str, str], program: bool = False
    ) -> subprocess.Popen[str]:
        """Start a process that ends with the run; what it prints goes to ``<name>.log`` in the folder.

        With ``program`` it is asked with `ask`.
        """
        log = self.stack.enter_context((self.folder / f"{name}.log").open("w"))
        pipe = subprocess.PIPE if program else None
        process = subprocess.Popen(
            [str(part) for part in command], env={**_plain_environ(), **environ}, cwd=self.folder, text=True,
            stdin=pipe or subprocess.DEVNULL, stdout=pipe or log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.stack.callback(_end, process)
        return process

    def run(self, command: Sequence[str | Path], *, environ: Mapping[str, str], seconds: float = 300) -> str:
        """Run a command to its end, and return what it printed. Raises `CannotMeasureError`."""
        return run(command, environ=environ, folder=self.folder, seconds=seconds)

    def last_words(self, name: str) -> str:
        """The end of a process's log."""
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:])


@contextmanager
def place(base: Path, name: str) -> Iterator[Place]:
    """A folder under ``base``; everything started in it ends with the block."""
    folder = base / name
    folder.mkdir()
    folder.chmod(0o711)
    with ExitStack() as stack:
        yield Place(folder, stack)


def ask(process: subprocess.Popen[str], question: str, *, seconds: float = 900) -> float:
    """What a program of ours answers, a number. Raises `CannotMeasureError` when it does not, within ``seconds``."""
    tell(process, question)
    return answer(process, seconds=seconds)


def tell(process: subprocess.Popen[str], question: str) -> None:
    """Ask without waiting for the answer."""
    assert process.stdin is not None
    try:
        process.stdin.write(question + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise CannotMeasureError("the program ended before it was asked") from None


def answer(process: subprocess.Popen[str], *, seconds: float) -> float:
    """The answer to what was told."""
    assert process.stdout is not None
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0, deadline - time.monotonic())):
            line = process.stdout.readline()
            if not line:
                raise CannotMeasureError("the program ended while it was measured")
            if line.startswith(ANSWER):
                return float(line.removeprefix(ANSWER))
    raise CannotMeasureError(f"no answer within {seconds:g} s")


def python_environment(name: str, *requirements: str) -> Path:
    """The folder of the programs of a virtual environment with ``requirements``, made at the first use."""
    folder = CACHE / name / "venv"
    marker = folder / ".requirements"
    wanted = "\n".join(requirements)
    if not marker.exists() or marker.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", folder], environ={}, folder=_made(folder.parent))
        run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *requirements],
            environ={}, folder=folder, seconds=1800)  # fmt: skip
        marker.write_text(wanted)
    return folder / "bin"


def python_version(programs: Path, distribution: str) -> str:
    """The installed version of a distribution."""
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    return run([programs / "python", "-c", code], environ={}, folder=programs).strip()


def npm_folder(name: str, *commands: Sequence[str]) -> Path:
    """A folder made by the npm commands at the first use."""
    folder = _made(CACHE / name)
    marker = folder / ".commands"
    wanted = "\n".join(" ".join(command) for command in commands)
    if not marker.exists() or marker.read_text() != wanted:
        needed("npm", "Node.js with npm (https://nodejs.org)")
        (folder / "package.json").write_text('{"private": true}\n')
        # One after another: a package may bring the Node.js that the next one needs.
        for command in commands:
            run(["npm", *command, "--no-audit", "--no-fund"], environ=npm_environ(folder), folder=folder, seconds=3600)
        marker.write_text(wanted)
    return folder


def npm_environ(folder: Path) -> dict[str, str]:
    """The environment in which a Node.js of the folder's own comes first."""
    modules = folder / "node_modules"
    return {"PATH": f"{modules / 'node' / 'bin'}:{modules / '.bin'}:{os.environ['PATH']}"}


def needed(program: str, what: str) -> str:
    """The path of a system's program. Raises `CannotMeasureError` that says what to install."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/usr/lib/rabbitmq/bin")
    if found is None:
        raise CannotMeasureError(f"there is no {program}; install {what}")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(url: str, *, seconds: float, process: subprocess.Popen[str]) -> None:
    """Return when ``url`` answers without an error. Raises `CannotMeasureError` when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotMeasureError(f"it ended with code {process.returncode} while starting")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            # Not there yet, or there and not ready; nothing announces that a foreign server is.
            time.sleep(0.2)
    raise CannotMeasureError(f"{url} did not answer within {seconds:g} s")


def run(command: Sequence[str | Path], *, environ: Mapping[str, str], folder: Path, seconds: float = 600) -> str:
    """Run a command to its end in ``folder``. Raises `CannotMeasureError` with its last words."""
    try:
        done = subprocess.run(
            [str(part) for part in command], env={**_plain_environ(), **environ}, cwd=folder, text=True, check=False,
            capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise CannotMeasureError(f"there is no program {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise CannotMeasureError(f"{Path(command[0]).name} took more than {seconds:g} s") from None
    if done.returncode != 0:
        said = " / ".join((done.stdout + done.stderr).strip().splitlines()[-4:])
        raise CannotMeasureError(f"{Path(command[0]).name} {' '.join(map(str, command[1:3]))} failed: {said}")
    return done.stdout


def _plain_environ() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "DATABASE_URL")}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _end(process: subprocess.Popen[str]) -> None:
    """End a process with everything it started."""
    for number, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 15)):
        try:
            os.killpg(process.pid, number)
            process.wait(seconds)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    with suppress(ProcessLookupError):
        # The leader is gone; what it left behind of its group goes too.
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
