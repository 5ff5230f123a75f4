"""Large values in files, through fsspec: a folder by default, an object store by its URL."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from typing import Any, cast
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from tropeiro.kernel.errors import NotFound

_NAME = re.compile(r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")


class FsspecBlobs:
    """Implements `tropeiro.ports.blobs.Blobs` on any fsspec file system."""

    def __init__(self, url: str) -> None:
        """``url``: ``file:///folder``, ``s3://bucket/prefix``, ``memory://x``, or what else fsspec knows."""
        self._files: Any
        self._files, self._root = cast("tuple[Any, str]", fsspec.core.url_to_fs(url))

    async def put(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(self.write, name, data)

    async def get(self, name: str) -> bytes:
        return await asyncio.to_thread(self.read, name)

    async def delete_prefix(self, prefix: str) -> None:
        await asyncio.to_thread(self.remove, prefix)

    def write(self, name: str, data: bytes) -> None:
        """`put`, for callers without an event loop. A reader never sees half a blob."""
        path = self._path(name)
        if self._files.exists(path):
            return
        self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        if isinstance(self._files, LocalFileSystem):
            _write_durably(path, data)
        else:
            # Object stores show an object once all of it is there.
            self._files.pipe_file(path, data)

    def read(self, name: str) -> bytes:
        """`get`, for callers without an event loop."""
        try:
            return cast("bytes", self._files.cat_file(self._path(name)))
        except FileNotFoundError:
            raise NotFound(
                f"The stored value {name} is gone.", hint="It may be older than the retention of jobs."
            ) from None

    def read_at_most(self, name: str, size: int) -> bytes | None:
        """The same for a value of at most ``size`` bytes; ``None`` for a larger one. Raises `NotFound`."""
        path = self._path(name)
        try:
            large = int(self._files.size(path)) > size
        except FileNotFoundError:
            large = False
        return None if large else self.read(name)

    def remove(self, prefix: str) -> None:
        """`delete_prefix`, for callers without an event loop."""
        path = self._path(prefix)
        if self._files.exists(path):
            self._files.rm(path, recursive=True)

    def _path(self, name: str) -> str:
        if not _NAME.match(name) or ".." in name:
            raise ValueError(f"not a blob name: {name!r}")
        return f"{self._root.rstrip('/')}/{name}"


def _write_durably(path: str, data: bytes) -> None:
    """Nobody ever sees half a file, whoever writes beside and whenever the power goes."""
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.{uuid4().hex}"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
