"""Reading ``Retry-After`` (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_MS = 86_400_000
"""A day; a server that asks for more is not asked again by itself."""

_SECONDS = re.compile(r"[0-9]{1,9}")


def read_retry_after(text: str, now: datetime) -> int | None:
    """Milliseconds from ``now`` (aware) that a server asks to wait: a number of seconds or a date.

    At least 0, at most `LONGEST_MS`; ``None`` when the text says nothing that can be understood.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return min(int(text) * 1_000, LONGEST_MS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000": a time in UTC of unknown origin (RFC 5322)
        moment = moment.replace(tzinfo=UTC)
    return min(max(round((moment - now).total_seconds() * 1_000), 0), LONGEST_MS)
