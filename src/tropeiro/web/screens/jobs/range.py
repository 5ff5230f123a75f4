"""Ranges of time that a list of jobs can be narrowed to, as addresses write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

CHOICES = {
    "": _("Any time"),
    "1h": _("Last hour"),
    "today": _("Today"),
    "24h": _("24 hours"),
    "7d": _("7 days"),
    "28d": _("28 days"),
    "90d": _("90 days"),
}
_LENGTHS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "28d": timedelta(days=28),
    "90d": timedelta(days=90),
}


@dataclass(frozen=True, slots=True)
class Range:
    """From when to when; ``None`` is open."""

    code: str
    """One of `CHOICES`, or ``custom``."""
    since: datetime | None
    until: datetime | None


def range_from(sent: Mapping[str, str]) -> Range:
    """The range that an address asks for: ``range``, or ``from`` and ``to`` by the reader's clock."""
    since, until = _moment(sent.get("from", "")), _moment(sent.get("to", ""))
    if since is not None or until is not None:
        return Range("custom", since, until)
    code, now = sent.get("range", ""), timezone.now()
    if code == "today":
        return Range(code, timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0), None)
    if code in _LENGTHS:
        return Range(code, now - _LENGTHS[code], None)
    return Range("", None, None)


def _moment(text: str) -> datetime | None:
    try:
        read = parse_datetime(text)
    except ValueError:
        return None
    if read is None:
        return None
    return timezone.make_aware(read) if timezone.is_naive(read) else read
