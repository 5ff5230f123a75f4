"""The text of a token: 256 random bits behind a mark by which scanners for leaked secrets know it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

MARK = "trp_"
_TOKEN = re.compile(rf"{MARK}[A-Za-z0-9_-]{{43}}")
_RECOGNIZED = len(MARK) + 8


@dataclass(frozen=True, slots=True)
class Secret:
    """A new token."""

    text: str
    """What the program sends. Shown once, kept nowhere."""
    prefix: str
    """Its first characters."""
    digest: bytes
    """SHA-256 of the text. Nobody guesses 256 random bits, so a slow hash would protect nothing more."""


def new_secret() -> Secret:
    """A token that nobody has."""
    text = MARK + secrets.token_urlsafe(32)
    return Secret(text, text[:_RECOGNIZED], _digest(text))


def digest_of(text: str) -> bytes | None:
    """The digest to look for; ``None`` for what is no token at all."""
    return _digest(text) if _TOKEN.fullmatch(text) else None


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
