"""Bundles: a project's code as one immutable file, and the folder where a worker keeps them unpacked.

A bundle is a ZIP archive (APPNOTE 6.3) of a project's folder, made so that the same files always give the same
bytes: names in order, every time stamp 1980-01-01, every mode 0644, nothing compressed (compressors differ between
machines). Its name is the SHA-256 of those bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from tropeiro.executors.loading import load_entry
from tropeiro.kernel.errors import InvalidInput
from tropeiro.ports.blobs import Blobs

MAX_FILE = 1024 * 1024
"""Bytes of one file."""
MAX_BUNDLE = 20 * 1024 * 1024
"""Bytes of all files of a bundle together."""
IGNORED_FOLDERS = frozenset({"__pycache__", "tests", "venv", "node_modules"})
_IGNORED_ENDINGS = (".pyc", ".pyo", ".egg-info")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleInvalid(InvalidInput):
    """The folder or archive cannot be a bundle."""

    code = "bundle_invalid"


def blob_name(sha: str) -> str:
    """Name of a bundle in the blob store."""
    return f"bundles/{sha}"


def bundle_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name (with ``/``) and path of every file that belongs to the bundle of ``folder``, in order of their names.

    Left out: hidden files and folders, ``__pycache__``, ``tests``, ``venv``, ``node_modules``, compiled files, and
    test modules (``test_*.py``, ``conftest.py``). Raises `BundleInvalid` for symbolic links: what they point to may
    be elsewhere tomorrow.
    """
    if not folder.is_dir():
        raise BundleInvalid(f"{folder} is not a folder", hint="Name the folder that holds project.toml.")
    found: list[tuple[str, Path]] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _ignored(name) and name not in IGNORED_FOLDERS]
        for name in (*folders, *files):
            path = Path(parent, name)
            if not _ignored(name) and path.is_symlink():
                raise BundleInvalid(f"{path} is a symbolic link", hint="Put the file itself there, or remove it.")
        found.extend(
            (path.relative_to(folder).as_posix(), path)
            for path in (Path(parent, name) for name in files if not _ignored(name) and not _is_test(name))
            if path.is_file()
        )
    yield from sorted(found)


def make_bundle(folder: Path) -> tuple[str, bytes]:
    """SHA-256 (hex) and bytes of the bundle of ``folder``. Raises `BundleInvalid`, naming the file in the way."""
    buffer = io.BytesIO()
    total = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path in bundle_files(folder):
            size = path.stat().st_size
            if size > MAX_FILE:
                raise BundleInvalid(
                    f"{path} has {size:,} bytes; a file of a bundle has at most {MAX_FILE:,}",
                    hint="Keep large data outside of the project's folder and let the service fetch it.",
                )
            total += size
            if total > MAX_BUNDLE:
                raise BundleInvalid(
                    f"The files of {folder} have more than {MAX_BUNDLE:,} bytes together",
                    hint="Remove what the services do not need; hidden files and `tests` are never included.",
                )
            if not name.isprintable():
                raise BundleInvalid(f"{str(path)!r} has unprintable characters in its name", hint="Rename it.")
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, path.read_bytes())
    data = buffer.getvalue()
    return hashlib.sha256(data).hexdigest(), data


class BundleCache:
    """Bundles unpacked under ``root``, one folder each, named by their digest."""

    def __init__(self, root: Path, blobs: Blobs) -> None:
        self._root = root
        self._blobs = blobs
        self._locks: dict[str, asyncio.Lock] = {}

    def folder(self, sha: str) -> Path:
        """Where the bundle is, or will be. Raises `BundleInvalid` when ``sha`` is no SHA-256 in hex."""
        if not _SHA256.fullmatch(sha):
            raise BundleInvalid(f"`{sha[:80]}` is not the SHA-256 of a bundle")
        return self._root / sha

    async def ensure(self, sha: str) -> Path:
        """The folder of the bundle, fetched and unpacked when it is not there yet.

        Raises `NotFound` when the blob store does not have it, `BundleInvalid` when its content is not what its name
        says or would leave its folder. Safe to call at the same time from several tasks and processes.
        """
        folder = self.folder(sha)
        if folder.is_dir():
            return folder
        lock = self._locks.setdefault(sha, asyncio.Lock())
        async with lock:
            if not folder.is_dir():
                data = await self._blobs.get(blob_name(sha))
                await asyncio.to_thread(_unpack, data, sha, folder)
        self._locks.pop(sha, None)
        return folder

    def load(self, sha: str, entry: str) -> Callable[..., Any]:
        """The function ``module:function`` of a bundle that `ensure` has unpacked. Raises `ServiceUnloadable`."""
        return load_entry(self.folder(sha), sha, entry)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith(_IGNORED_ENDINGS)


def _is_test(name: str) -> bool:
    return name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))


def _unpack(data: bytes, sha: str, folder: Path) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha:
        raise BundleInvalid(
            f"The bundle {sha[:12]} is damaged: its content has the digest {digest[:12]}",
            hint="Apply the project again, which stores it anew.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{sha[:12]}-", dir=folder.parent))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_names(archive)
            for entry in archive.infolist():
                target = fresh / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))
        fresh.chmod(0o755)
        try:
            fresh.rename(folder)
        except OSError:
            # Another process was faster; a folder of this name is only ever put there whole.
            if not folder.is_dir():
                raise
    except zipfile.BadZipFile as error:
        raise BundleInvalid(f"The bundle {sha[:12]} is not a ZIP archive: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_names(archive: zipfile.ZipFile) -> None:
    total = 0
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
        if outside or not path.parts or entry.is_dir() or kind not in (0, stat.S_IFREG):
            raise BundleInvalid(f"The bundle holds `{entry.filename[:200]}`, which is not a plain file inside of it")
        total += entry.file_size
        if entry.file_size > MAX_FILE or total > MAX_BUNDLE:
            raise BundleInvalid(f"The bundle is larger than allowed at `{entry.filename[:200]}`")
