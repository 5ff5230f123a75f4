"""A small HTTP client that costs little beside what it measures: connections are kept, requests are prepared once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from benchmarks.peers.surroundings import CannotMeasureError


def seconds_of(port: int, path: str, count: int, *, method: str = "POST", connections: int = 32) -> float:
    """Seconds for ``count`` requests, on several connections at once. Raises `CannotMeasureError` on a failure."""
    return asyncio.run(_load(port, path, count, min(connections, count), method))


async def _load(port: int, path: str, count: int, connections: int, method: str) -> float:
    body = b"{}" if method == "POST" else b""
    request = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    left = iter(range(count))
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    try:
        began = time.perf_counter()
        async with asyncio.timeout(600), asyncio.TaskGroup() as group:
            for reader, writer in opened:
                group.create_task(_requests(reader, writer, request, left))
        return time.perf_counter() - began
    except TimeoutError:
        raise CannotMeasureError(f"{count} requests to {path} took more than 600 s") from None
    except ExceptionGroup as problems:
        raise CannotMeasureError(str(problems.exceptions[0])) from None
    finally:
        for _, writer in opened:
            writer.close()


async def _requests(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, left: Iterator[int]
) -> None:
    for _ in left:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise CannotMeasureError(f"the answer was {head.splitlines()[0].decode()}")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), None)
        if length is not None:
            await reader.readexactly(length)
        else:
            while size := int((await reader.readline()).split(b";")[0], 16):
                await reader.readexactly(size + 2)
            await reader.readline()
