"""Tokens that open nothing are counted by network address, for all web processes together."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.core.cache import cache

MOST = 50
"""Wrong tokens from one network address; the same as of wrong passwords."""
WINDOW_SECONDS = 15 * 60


def guesses_too_often(request: Any) -> bool:
    """Whether so many wrong tokens came lately from there that not even a right one is looked at."""
    return int(cache.get(_key(request), 0)) >= MOST


def note_guess(request: Any) -> None:
    """A token came that opens nothing."""
    key = _key(request)
    if not cache.add(key, 1, WINDOW_SECONDS):
        # Two at once may count as one, which does no harm: it bounds the work, and nobody guesses 256 random bits.
        cache.set(key, int(cache.get(key, 0)) + 1, WINDOW_SECONDS)


def _key(request: Any) -> str:
    address = str(request.META.get("REMOTE_ADDR", ""))
    return f"wrong-link-{sha256(address.encode()).hexdigest()[:32]}"
