"""Filters on dates and moments, written as ISO 8601 text. There is no clock here: "now" comes in as data.

A date is ``2024-02-29``; a moment is ``2024-02-29T23:10:00-03:00`` (RFC 3339), or without an offset, which then stays
without one. Years are 1 to 9999, the calendar is the Gregorian one (Python's ``datetime``).
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import register
from tropeiro.kernel.limits import Meter
from tropeiro.kernel.values import nearest, shown
from tropeiro.kernel.wording import says

_DATES = "Dates"
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_MOST = 10**12
"""Larger amounts would leave the years 1 to 9999 whatever their unit."""


def _parsed(text: str) -> date:
    """A ``datetime`` for a moment, a plain ``date`` for a date."""
    if len(text) <= 40 and _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            raise ExpressionError(says("{text} does not exist in the calendar.", text=shown(text))) from None
    raise ExpressionError(
        says("{text} is not a date.", text=shown(text)),
        hint=says("Write 2024-02-29 or 2024-02-29T23:10:00Z (ISO 8601)."),
    )


def _written(moment: date) -> str:
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def _moment(value: date, title: str) -> datetime:
    if isinstance(value, datetime):
        return value
    raise ExpressionError(says("'{title}' needs a moment with a time of day, and this is a date.", title=title))


@register(_DATES, ("'2024-02-29T23:10:00-03:00' | date", "2024-02-29"))
def date_(meter: Meter, value: str) -> str:
    """The calendar date of a moment, in the moment's own offset; of a date, the date itself."""
    found = _parsed(value)
    return (found.date() if isinstance(found, datetime) else found).isoformat()


@register(
    _DATES,
    ("'2024-01-31' | date_add(months=1)", "2024-02-29"),
    ("'2024-02-29' | date_add(days=-28)", "2024-02-01"),
    ("'2024-02-29T23:30:00Z' | date_add(hours=1)", "2024-03-01T00:30:00Z"),
)
def date_add(
    meter: Meter,
    value: str,
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    years: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: int = 0,
) -> str:
    """The date or moment that lies so much later, or earlier when an amount is negative.

    Years and months are added first; a day that the month does not have becomes its last. A date stays a date, so that
    hours, minutes and seconds need a moment. The offset is kept.
    """
    found = _parsed(value)
    if any(abs(amount) > _MOST for amount in (days, weeks, months, years, hours, minutes, seconds)):
        raise ExpressionError(says("The result would lie outside the years 1 to 9999."))
    if hours or minutes or seconds:
        found = _moment(found, "date_add(hours, minutes, seconds)")
    try:
        shifted = _add_months(found, years * 12 + months)
        late = timedelta(days=days + weeks * 7, seconds=hours * 3600 + minutes * 60 + seconds)
        return _written(shifted + late)
    except (OverflowError, ValueError):
        raise ExpressionError(says("The result would lie outside the years 1 to 9999.")) from None


def _add_months(moment: date, months: int) -> date:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


@register(
    _DATES,
    ("'2024-03-01' | date_diff('2024-02-01')", 29),
    ("'2024-03-01T12:00:00Z' | date_diff('2024-03-01T06:30:00Z', 'hours')", 5.5),
)
def date_diff(meter: Meter, value: str, other: str, unit: str = "days") -> Any:
    """How much later than `other` it is, in `weeks`, `days`, `hours`, `minutes` or `seconds`; negative when earlier.

    An integer when it comes out even. Both must be dates, or both moments, with an offset or both without.
    """
    if unit not in _SECONDS:
        raise ExpressionError(
            says("{unit} is not a unit.", unit=shown(unit)),
            hint=nearest(unit, _SECONDS) or says("Use {known}.", known=", ".join(_SECONDS)),
        )
    left, right = _parsed(value), _parsed(other)
    if isinstance(left, datetime) is not isinstance(right, datetime):
        raise ExpressionError(
            says("A date and a moment cannot be compared."), hint=says("Make both dates with | date.")
        )
    try:
        apart = left - right
    except TypeError:
        raise ExpressionError(says("A moment with an offset and one without cannot be compared.")) from None
    microseconds = (apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds
    whole, rest = divmod(microseconds, _SECONDS[unit] * 1_000_000)
    return microseconds / (_SECONDS[unit] * 1_000_000) if rest else whole


@register(
    _DATES,
    ("'2024-02-29' | date_format('%d/%m/%Y')", "29/02/2024"),
    ("'2024-02-29T23:10:00-03:00' | date_format('%Hh%M, week %V')", "23h10, week 09"),
)
def date_format(meter: Meter, value: str, pattern: str) -> str:
    """The date or moment written so: `%Y %y %m %d %j` year, month, day, day of the year; `%H %I %p %M %S %f` the time
    of day; `%z` the offset; `%G %V %u` year, week and day of the ISO week; `%%` a percent sign. No names of days or
    months: they depend on a language.
    """
    found = _parsed(value)
    meter.characters(len(pattern) * 6)
    unknown = [code for code in _CODE.findall(pattern) if code not in _CODES]
    if unknown:
        raise ExpressionError(
            says("'%{code}' is not known to 'date_format'.", code=unknown[0]),
            hint=says("It knows %{known}.", known=" %".join(_CODES)),
        )
    if not isinstance(found, datetime) and any(code in _TIMES for code in _CODE.findall(pattern)):
        _moment(found, "date_format")
    return _CODE.sub(lambda match: _CODES[match.group(1)](found), pattern)


def _offset(moment: Any) -> str:
    text = moment.isoformat()
    return str(text[-6:]) if moment.tzinfo else ""


_CODE = re.compile(r"%(.|$)", re.DOTALL)
_TIMES = frozenset("HIpMSfz")
_CODES: dict[str, Any] = {
    "Y": lambda d: f"{d.year:04}",
    "y": lambda d: f"{d.year % 100:02}",
    "m": lambda d: f"{d.month:02}",
    "d": lambda d: f"{d.day:02}",
    "j": lambda d: f"{d.timetuple().tm_yday:03}",
    "H": lambda d: f"{d.hour:02}",
    "I": lambda d: f"{d.hour % 12 or 12:02}",
    "p": lambda d: "AM" if d.hour < 12 else "PM",
    "M": lambda d: f"{d.minute:02}",
    "S": lambda d: f"{d.second:02}",
    "f": lambda d: f"{d.microsecond:06}",
    "z": _offset,
    "G": lambda d: f"{d.isocalendar().year:04}",
    "V": lambda d: f"{d.isocalendar().week:02}",
    "u": lambda d: str(d.isoweekday()),
    "%": lambda d: "%",
}


@register(_DATES, ("'2024-02-29T23:10:00-03:00' | date_utc", "2024-03-01T02:10:00Z"))
def date_utc(meter: Meter, value: str) -> str:
    """The same moment in UTC. The moment must have an offset."""
    moment = _with_offset(_moment(_parsed(value), "date_utc"))
    try:
        return _written(moment.astimezone(UTC))
    except OverflowError:
        raise ExpressionError(says("The result would lie outside the years 1 to 9999.")) from None


@register(_DATES, ("'1970-01-02T00:00:00Z' | timestamp", 86400))
def timestamp(meter: Meter, value: str) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z (Unix time). The moment must have an offset."""
    moment = _with_offset(_moment(_parsed(value), "timestamp"))
    apart = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return apart.days * 86_400 + apart.seconds


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ExpressionError(
            says("The moment has no offset from UTC."), hint=says("Write it with Z or -03:00 at its end.")
        )
    return moment
