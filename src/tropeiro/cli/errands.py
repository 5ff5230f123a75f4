"""What ``tropeiro up`` has done by processes that end when it is done: they need the web side's modules, and `up` keeps
none of them in memory for as long as it runs.

``python -m tropeiro.cli.errands prepare|sample [--json] [--new-password]``
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from importlib import import_module

import msgspec
import psycopg

from tropeiro.cli.boundary import guarded
from tropeiro.config import Config
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.opening import child_environ
from tropeiro.web.edition import EDITION, this_edition

_FIRST_USER = "SELECT email FROM tropeiro_user ORDER BY is_operator DESC, id LIMIT 1"


class Prepared(msgspec.Struct, frozen=True):
    """A database that `up` can work with."""

    user: str
    """E-mail address to log in with."""
    password: str | None = None
    """The one that was just generated."""
    migrated: bool = False
    """Whether tables had to be made or changed."""


def look(url: str) -> Prepared | None:
    """How the database stands; ``None`` when it is to be prepared. Two cheap queries."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute(EDITION).fetchone()
        if row is None or row[0] != this_edition():
            return None
        user = connection.execute(_FIRST_USER).fetchone()
    return Prepared(user=user[0]) if user else None


async def prepare(config: Config, *, new_password: bool) -> Prepared:
    """Bring the database to this version, with a first organization and user. Raises `PlatformUnavailable`."""
    options = ["--json", *(["--new-password"] if new_password else [])]
    process = await _begin(config, "prepare", *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = await process.communicate()
    finally:
        await _end(process)
    if process.returncode != 0:
        raise _told(err)
    return msgspec.json.decode(out, type=Prepared)


async def run_sample(config: Config, *, json: bool) -> int:
    """Run the sample before the user's eyes; the exit code. Cancelled, it leaves the sample's job as it is."""
    process = await _begin(config, "sample", *(["--json"] if json else []))
    try:
        return await process.wait()
    finally:
        await _end(process)


async def _begin(
    config: Config, errand: str, *options: str, stdout: int | None = None, stderr: int | None = None
) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tropeiro.cli.errands",
        errand,
        *options,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **child_environ(config)},
        # Ctrl-C is for `up`, which ends it then.
        start_new_session=True,
    )


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _told(err: bytes) -> PlatformUnavailable:
    """The error that a process ended with, from the last line that it wrote."""
    lines = err.decode(errors="replace").strip().splitlines() or ["It was ended from outside."]
    try:
        error = msgspec.json.decode(lines[-1])["error"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return PlatformUnavailable(f"The database could not be prepared: {lines[-1]}")
    return PlatformUnavailable(error["message"], hint=error.get("hint", ""))


def _run(errand: str, options: list[str]) -> int:
    import_module("tropeiro.cli.console").prepare_models()
    if errand == "prepare":
        import_module("tropeiro.cli.preparing").prepare(new_password="--new-password" in options)
    else:
        import_module("tropeiro.cli.sample_run").show_sample(json="--json" in options)
    return 0


def main() -> None:
    """Do the errand that the command line names, and exit as a command does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    errand, *options = sys.argv[1:]
    debug = os.environ.get("TROPEIRO_DEBUG", "") not in ("", "0")
    sys.exit(guarded(lambda: _run(errand, options), json="--json" in options, debug=debug))


if __name__ == "__main__":
    main()
