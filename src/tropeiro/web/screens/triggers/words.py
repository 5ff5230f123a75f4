"""A schedule in the reader's words; what has no simple words is left to the expression itself."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from tropeiro.kernel.durations import UNITS, format_duration
from tropeiro.web.screens.labels import WEEKDAYS

_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_WORKDAYS = ("MON-FRI", "1-5")
_MOST_TIMES = 4


def interval_words(milliseconds: int) -> str:
    """How often."""
    for unit, size in UNITS.items():
        count, rest = divmod(milliseconds, size)
        if count and not rest and unit != "ms":
            return _every(unit, count)
    return _("every %(length)s") % {"length": format_duration(milliseconds)}


def cron_words(cron: str) -> str:
    """A cron expression in words, or nothing when it has no simple ones."""
    minute, hour, day, month, weekday = cron.upper().split()
    if month != "*":
        return ""
    days = _days(day, weekday)
    times = _times(minute, hour)
    if days is None:
        return ""
    if times:
        return _("%(days)s at %(times)s") % {"days": days or _("every day"), "times": ", ".join(times)}
    often = _often(minute, hour)
    return f"{often}, {days}" if often and days else often


def _every(unit: str, count: int) -> str:
    if count == 1:
        return str({"d": _("every day"), "h": _("every hour"), "m": _("every minute"), "s": _("every second")}[unit])
    several = {
        "d": _("every %(count)s days"),
        "h": _("every %(count)s hours"),
        "m": _("every %(count)s minutes"),
        "s": _("every %(count)s seconds"),
    }
    return several[unit] % {"count": count}


def _times(minute: str, hour: str) -> list[str]:
    """Times of the day when they are few and fixed."""
    minutes, hours = _numbers(minute), _numbers(hour)
    if not minutes or not hours or len(minutes) * len(hours) > _MOST_TIMES:
        return []
    return [f"{one:02d}:{other:02d}" for one in hours for other in minutes]


def _often(minute: str, hour: str) -> str:
    """How often within the day."""
    step, hours = _step(minute, 60), _step(hour, 24)
    if step and hour == "*":
        return _every("m", step)
    if minute.isdigit() and hours == 1:
        return _("every hour at minute %(minute)s") % {"minute": minute}
    if minute.isdigit() and hours:
        return _("%(often)s at minute %(minute)s") % {"often": _every("h", hours), "minute": minute}
    return ""


def _days(day: str, weekday: str) -> str | None:
    """Which days; nothing for all of them, ``None`` when there are no simple words."""
    if day == "*" and weekday == "*":
        return ""
    if day == "*":
        return _weekdays(weekday)
    if weekday != "*":
        return None
    if day == "L":
        return _("on the last day of the month")
    if day == "LW":
        return _("on the last weekday of the month")
    numbers = _numbers(day)
    return _("on day %(days)s of the month") % {"days": ", ".join(map(str, numbers))} if numbers else None


def _weekdays(text: str) -> str | None:
    if text in _WORKDAYS:
        return _("Monday to Friday")
    names = [_weekday(one) for one in text.split(",")]
    known = [name for name in names if name is not None]
    return ", ".join(known) if len(known) == len(names) else None


def _weekday(text: str) -> str | None:
    number = _DAYS.get(text, int(text) % 7 if re.fullmatch(r"[0-7]", text) else None)
    return None if number is None else str(WEEKDAYS[number])


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    return sorted({int(part) for part in parts}) if all(part.isdigit() for part in parts) else []


def _step(text: str, whole: int) -> int:
    """The n of ``*/n`` when it goes evenly into the whole, 1 for ``*``, 0 for anything else."""
    if text == "*":
        return 1
    match = re.fullmatch(r"\*/(\d{1,2})", text)
    step = int(match[1]) if match else 0
    return step if step and whole % step == 0 else 0
