"""Large values in files."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tropeiro.kernel.errors import NotFound
from tropeiro.stores.blobs import FsspecBlobs


@pytest.fixture(params=["file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> FsspecBlobs:
    return FsspecBlobs(tmp_path.as_uri() if request.param == "file" else f"memory://{tmp_path.name}")


async def test_what_was_put_can_be_got(blobs: FsspecBlobs) -> None:
    await blobs.put("20260105/a/b", b"data")
    await blobs.put("20260105/a/b", b"data")
    assert await blobs.get("20260105/a/b") == b"data"


async def test_what_is_not_there_is_told(blobs: FsspecBlobs) -> None:
    with pytest.raises(NotFound):
        await blobs.get("20260105/a/none")


async def test_a_week_is_forgotten_whole(blobs: FsspecBlobs) -> None:
    await asyncio.gather(blobs.put("20260105/a/b", b"1"), blobs.put("20260112/a/b", b"2"))
    await blobs.delete_prefix("20260105")
    await blobs.delete_prefix("20260105")
    assert await blobs.get("20260112/a/b") == b"2"
    with pytest.raises(NotFound):
        await blobs.get("20260105/a/b")


@pytest.mark.parametrize("name", ["../up", "a//b", "/root", "a/../b", ""])
def test_a_name_stays_inside_the_store(blobs: FsspecBlobs, name: str) -> None:
    with pytest.raises(ValueError, match="blob name"):
        blobs.write(name, b"")


def test_no_reader_ever_sees_half_a_blob(tmp_path: Path) -> None:
    """Many threads write at once, as calls of one worker do."""
    blobs = FsspecBlobs(tmp_path.as_uri())
    data = b"x" * 300_000
    seen: set[int] = set()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            for file in list(tmp_path.glob("week/[0-9]*")):
                seen.add(file.stat().st_size)

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(read)
        list(pool.map(lambda n: blobs.write(f"week/{n}", data), range(200)))
        over.set()
        reader.result()
    assert seen <= {len(data)}
    assert len(list(tmp_path.glob("week/*"))) == 200
