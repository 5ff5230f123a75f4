"""What a worker and its service processes say to each other: JSON behind a length of four bytes (big-endian)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.executors.outcomes import MAX_OUTPUT
from tropeiro.kernel.outcome import Fail, Retry

MAX_ANSWER = MAX_OUTPUT + 1024 * 1024
"""Bytes of the longest message that a service process may send."""
_HEAD = 4


class Run(msgspec.Struct, frozen=True, tag="run"):
    """Worker to process: make this call."""

    number: int
    """Which call of this process it is."""
    folder: str
    bundle: str
    entry: str
    inputs: msgspec.Raw
    job: UUID
    organization: UUID
    project: UUID | None
    path: str
    attempt: int
    key: str
    timeout_ms: int
    credential: dict[str, Any] | None


class Began(msgspec.Struct, frozen=True, tag="began"):
    """Process to worker: the code is imported and the function starts; its time counts from here."""


class Line(msgspec.Struct, frozen=True, tag="line"):
    """Process to worker: a log line."""

    number: int
    """The call that logs. A thread that a call left behind must not speak in the next one's name."""
    level: str
    message: str
    fields: dict[str, Any]


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """Process to worker: progress."""

    number: int
    fraction: float
    message: str


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """Process to worker: the function returned this."""

    output: msgspec.Raw


Answer = Began | Line | Moved | Answered | Fail | Retry
"""Whatever a process sends."""

_answers = msgspec.json.Decoder(Answer)
_runs = msgspec.json.Decoder(Run)


def pack(message: Run | Answer) -> bytes:
    """A message as it travels."""
    body = msgspec.json.encode(message)
    return len(body).to_bytes(_HEAD, "big") + body


def run_from(body: bytes) -> Run:
    """A `Run` without its length."""
    return _runs.decode(body)


class Answers:
    """Puts messages together from the bytes that arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Answer]:
        """The messages that are complete now. Raises `ValueError` when what arrives is none of ours."""
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            length = int.from_bytes(self._buffer[:_HEAD], "big")
            if length > MAX_ANSWER:
                raise ValueError(f"a message of {length} bytes; at most {MAX_ANSWER} are allowed")
            if len(self._buffer) < _HEAD + length:
                return
            body = bytes(self._buffer[_HEAD : _HEAD + length])
            del self._buffer[: _HEAD + length]
            yield _answers.decode(body)
