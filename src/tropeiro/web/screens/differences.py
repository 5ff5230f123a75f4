"""Differences of JSON values as tables show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from tropeiro.kernel.differences import ABSENT, Difference

_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One place where two values differ; an empty text where one has nothing there."""

    place: str
    before: str
    after: str

    @property
    def change(self) -> str:
        """added, removed or changed."""
        return "added" if not self.before else "removed" if not self.after else "changed"


def shown(found: Iterable[Difference]) -> tuple[Shown, ...]:
    """The differences with their values as JSON, cut to a readable length."""
    return tuple(Shown(one.pointer.removeprefix("/") or "/", _text(one.before), _text(one.after)) for one in found)


def _text(value: Any) -> str:
    if value is ABSENT:
        return ""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
