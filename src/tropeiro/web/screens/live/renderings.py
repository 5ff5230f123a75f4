"""Texts of parts, kept as long as they are true, so that each is made once for all who see it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

MOST_CHARACTERS = 8_000_000


class Renderings:
    """The newest text of each part, by who sees it. Used from several threads."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._texts: OrderedDict[Hashable, tuple[str, str]] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def text(self, part: Hashable, digest: str, render: Callable[[], str]) -> str:
        """The text of a part whose key has this digest; made by ``render`` unless it is known."""
        with self._lock:
            known = self._texts.get(part)
            if known is not None and known[0] == digest:
                self._texts.move_to_end(part)
                return known[1]
        text = render()
        with self._lock:
            before = self._texts.pop(part, ("", ""))
            self._texts[part] = (digest, text)
            self._characters += len(text) - len(before[1])
            while self._characters > self._most:
                _, (_, oldest) = self._texts.popitem(last=False)
                self._characters -= len(oldest)
        return text
