"""Calls of services out of bundles, and where their bundles and reports go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.ids import uuid7
from tropeiro.ports.executor import Call, PythonCode, ServiceVersion


@dataclass
class MemoryBlobs:
    """A blob store that forgets."""

    content: dict[str, bytes] = field(default_factory=dict)
    reads: int = 0

    async def put(self, name: str, data: bytes) -> None:
        self.content[name] = data

    async def get(self, name: str) -> bytes:
        self.reads += 1
        if name not in self.content:
            raise NotFound(f"There is no blob {name}")
        return self.content[name]

    async def delete_prefix(self, prefix: str) -> None:
        self.content = {name: data for name, data in self.content.items() if not name.startswith(f"{prefix}/")}


@dataclass
class Recorder:
    """A reporter that keeps everything, and calls ``heard`` for each line."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    moves: list[tuple[float, str]] = field(default_factory=list)
    heard: Callable[[str], None] = lambda message: None

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.lines.append((level, message, fields))
        self.heard(message)

    def progress(self, fraction: float, message: str) -> None:
        self.moves.append((fraction, message))

    @property
    def messages(self) -> list[str]:
        return [message for _, message, _ in self.lines]


ORGANIZATION, PROJECT, JOB = (UUID(int=number) for number in (1, 2, 3))


def call_of(sha: str, entry: str, inputs: Any = None, **changes: Any) -> Call:
    """A call of a bundle's function; ``blocking`` and `Call`'s fields by name."""
    code = PythonCode(bundle=sha, entry=entry, blocking=changes.pop("blocking", True))
    version = ServiceVersion(
        id=uuid7(), organization=ORGANIZATION, project=PROJECT, name=f"test/{entry}", version=1, implementation=code
    )
    rest: dict[str, Any] = {"path": "step", "attempt": 1, "key": "key-1", "timeout_ms": 30_000} | changes
    return Call(service=version, inputs=inputs or {}, job=JOB, organization=ORGANIZATION, project=PROJECT, **rest)
