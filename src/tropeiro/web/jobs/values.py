"""A value of a job as people see it: its JSON, the reference to a large one, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from tropeiro.web.jobs.redaction import redacted_text


@dataclass(frozen=True, slots=True)
class Shown:
    """A JSON value, or where it is kept when it is large."""

    text: str | None
    """As JSON; ``None`` when there is none, or when it is in the blob store."""
    blob: str = ""

    @property
    def value(self) -> Any:
        """The value; ``None`` when it is in the blob store."""
        return None if self.text is None else msgspec.json.decode(self.text)

    @property
    def pretty(self) -> str:
        """The JSON on many lines, for reading, without what looks like a secret."""
        return "" if self.text is None else readable(self.text)

    def __bool__(self) -> bool:
        return bool(self.blob) or self.text not in (None, "null")


def readable(text: str) -> str:
    """A JSON text on many lines, without what looks like a secret."""
    return msgspec.json.format(redacted_text(text), indent=2)
