"""What changed in a step, in words: which key, what it was, what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from tropeiro.kernel.differences import ABSENT, Difference

LONGEST_SHORT = 80
"""Values of at most so many characters on one line stand side by side in the sentence."""
_LONGEST = 4_000

KEYS = {
    "name": _("Name"),
    "uses": _("Service"),
    "with": _("Input"),
    "credential": _("Credential"),
    "if": _("Condition"),
    "foreach": _("For each"),
    "concurrency": _("At the same time"),
    "retry": _("Retries"),
    "timeout": _("Time limit"),
    "on_error": _("On error"),
    "output": _("Output"),
    "mock": _("Value in tests"),
    "labels": _("Labels"),
    "wait": _("Wait"),
    "approval": _("Question"),
    "branches": _("Branches"),
    "join": _("Joining"),
    "cases": _("Cases"),
    "schema": _("Format"),
    "description": _("Description"),
    "inputs": _("Inputs"),
    "vars": _("Variables"),
}
"""The keys of steps, and those that stand around them."""


@dataclass(frozen=True, slots=True)
class Told:
    """One key that differs; an empty text where one document has nothing there."""

    key: str
    """In words."""
    path: str
    """What of it, as it is written: ``query › limit``."""
    before: str
    after: str

    @property
    def change(self) -> str:
        """added, removed or changed."""
        return "added" if not self.before else "removed" if not self.after else "changed"

    @property
    def short(self) -> bool:
        """Whether both values fit into one line."""
        return all(len(one) <= LONGEST_SHORT and "\n" not in one for one in (self.before, self.after))


def told(found: Iterable[Difference]) -> tuple[Told, ...]:
    """The differences, key by key."""
    return tuple(_told(one) for one in found)


def _told(one: Difference) -> Told:
    first, *rest = (token.replace("~1", "/").replace("~0", "~") for token in one.pointer.split("/")[1:])
    return Told(str(KEYS.get(first, first)), " › ".join(rest), _text(one.before), _text(one.after))


def _text(value: Any) -> str:
    if value is ABSENT:
        return ""
    short = msgspec.json.encode(value).decode()
    text = short if len(short) <= LONGEST_SHORT else msgspec.json.format(short, indent=2)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
