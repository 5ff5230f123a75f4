"""The data folder: made with the right modes, of a known format, with its secrets, and used by one ``up`` at a time.

::

    <data>/
      format          the format's number
      guard.lock      held for moments while locks and servers change hands
      up.lock         held by a running `tropeiro up`; says which process and where
      secrets/        secret_key, master_key (mode 0600)
      postgres/       the embedded database's cluster
      run/            its socket
      blobs/          large values
      logs/           one file for each child process
      mail/           mails, one file each, where no mail server is named
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from tropeiro.config import Config
from tropeiro.kernel.errors import PlatformUnavailable

FORMAT = 1
LEAST_FREE_BYTES = 512 * 1024 * 1024


class Running(msgspec.Struct, frozen=True):
    """What a running ``tropeiro up`` says of itself."""

    pid: int
    url: str


def prepare(data: Path, *, least_free: int = LEAST_FREE_BYTES) -> None:
    """Make the data folder, or see that the one there can be used. Harmless when repeated.

    Raises `PlatformUnavailable` when it cannot be made, was made by another version, or the disk is full.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        check_format(data)
        # Traversable, not listable: the database may have to run as another user (see database.py).
        data.chmod(0o711)
        for name in ("secrets", "blobs", "logs", "mail"):
            (data / name).mkdir(exist_ok=True)
            (data / name).chmod(0o700)
    except OSError as problem:
        raise PlatformUnavailable(
            f"The data folder {data} cannot be used: {problem.strerror} ({problem.filename}).",
            hint="Make it writable by the user who runs this, or name another one in TROPEIRO_DATA.",
        ) from problem
    check_space(data, least_free=least_free)


def check_format(data: Path) -> None:
    """Refuse a folder of another format; mark a new one with ours. Raises `PlatformUnavailable`."""
    mark = data / "format"
    try:
        found = mark.read_text().strip()
    except FileNotFoundError:
        if (data / "postgres" / "PG_VERSION").exists():
            raise PlatformUnavailable(
                f"The data folder {data} holds a database but no format number, so it is not certain what made it.",
                hint="Name another folder in TROPEIRO_DATA, or restore the file 'format' from a backup.",
            ) from None
        write_atomically(mark, f"{FORMAT}\n".encode(), mode=0o644)
        return
    if found != str(FORMAT):
        raise PlatformUnavailable(
            f"The data folder {data} has format {found[:20]!r}; this version of Tropeiro reads format {FORMAT}.",
            hint="Use the version of Tropeiro that made it, or name another folder in TROPEIRO_DATA.",
        )


def check_space(data: Path, *, least_free: int = LEAST_FREE_BYTES) -> int:
    """Free bytes on the folder's disk. Raises `PlatformUnavailable` when there are fewer than ``least_free``."""
    free = shutil.disk_usage(data).free
    if free < least_free:
        raise PlatformUnavailable(
            f"The disk of the data folder {data} has {free // 2**20} MB free; {least_free // 2**20} MB are needed.",
            hint="Free some space, or name a folder on another disk in TROPEIRO_DATA.",
        )
    return free


def with_secrets(config: Config) -> Config:
    """``config`` with the secrets it lacks taken from the data folder, where they are made when missing."""
    folder = config.data / "secrets"
    return replace(
        config,
        secret_key=config.secret_key or secret(folder / "secret_key", _new_secret_key),
        master_keys=config.master_keys or tuple(secret(folder / "master_key", _new_master_key).split(",")),
    )


def secret(path: Path, make: Callable[[], str]) -> str:
    """The text in ``path``; made by ``make`` and stored with mode 0600 when there is none.

    Two processes that come at the same moment get the same text. Raises `PlatformUnavailable`.
    """
    try:
        if not path.exists():
            write_atomically(path, f"{make()}\n".encode(), mode=0o600, replace_existing=False)
        found = path.stat()
        text = path.read_text().strip()
    except OSError as problem:
        raise PlatformUnavailable(
            f"The secret in {path} cannot be read: {problem.strerror}.",
            hint="It must belong to the user who runs this.",
        ) from problem
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise PlatformUnavailable(
            f"The secret in {path} can be read by other users (mode {stat.S_IMODE(found.st_mode):04o}).",
            hint=f"Run: chmod 600 {path}",
        )
    if not text:
        raise PlatformUnavailable(
            f"The secret in {path} is empty.",
            hint="Restore it from a backup; what it encrypted cannot be read without it.",
        )
    return text


def write_atomically(path: Path, content: bytes, *, mode: int, replace_existing: bool = True) -> None:
    """Write a whole file or nothing. Without ``replace_existing`` a file that is already there stays as it is."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace_existing:
            temporary.replace(path)
        else:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def sole_up(data: Path, url: str) -> Iterator[None]:
    """Hold the folder for one ``tropeiro up``. Raises `PlatformUnavailable` when another one holds it."""
    with (data / "up.lock").open("a+b") as file:
        with guard(data):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                other = _read_running(data)
                where = f": process {other.pid}, {other.url}" if other else ""
                raise PlatformUnavailable(
                    f"Tropeiro is already up on the data folder {data}{where}.",
                    hint="Use that one, stop it first, or name another folder in TROPEIRO_DATA.",
                ) from None
            file.truncate(0)
            file.write(msgspec.json.encode(Running(pid=os.getpid(), url=url)))
            file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running_up(data: Path) -> Running | None:
    """The ``tropeiro up`` that holds the folder now, or ``None``."""
    if not (data / "up.lock").exists():
        return None
    # Under the guard, so that this look never makes a starting `up` believe that the folder is taken.
    with guard(data), (data / "up.lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_running(data)
    return None


@contextmanager
def guard(data: Path) -> Iterator[None]:
    """Keep other processes out of the short moments in which the folder's locks and servers change hands."""
    with (data / "guard.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_running(data: Path) -> Running | None:
    content = (data / "up.lock").read_bytes()
    try:
        return msgspec.json.decode(content, type=Running)
    except msgspec.DecodeError:
        # It has the lock and has not yet written its line.
        return None


def _new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _new_master_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
