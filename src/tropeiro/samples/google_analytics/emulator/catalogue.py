"""What the emulated properties can be asked: properties, dimensions and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tropeiro.samples.google_analytics.emulator.data import CHANNELS, COUNTRIES, DEVICES, Base, Cell


@dataclass(frozen=True)
class Property:
    """A property that the emulator knows; any other is answered with 403."""

    name: str
    """Resource name, e.g. ``properties/1234``."""
    display_name: str
    time_zone: str
    currency: str
    scale: float
    """Traffic compared with the first property."""


PROPERTIES = {
    known.name: known
    for known in (
        Property("properties/1234", "Empório Tropeiro (synthetic)", "America/Sao_Paulo", "BRL", 1.0),
        Property("properties/2345", "Route & Market (synthetic)", "America/New_York", "USD", 0.7),
        Property("properties/3456", "Mercado do Porto (synthetic)", "Europe/Lisbon", "EUR", 0.4),
        Property("properties/4567", "Sakura Stall (synthetic)", "Asia/Tokyo", "JPY", 0.2),
    )
}


@dataclass(frozen=True)
class Dimension:
    """A dimension, and how its value is read off a cell."""

    api_name: str
    ui_name: str
    category: str
    value: Callable[[date, Cell], str]


@dataclass(frozen=True)
class Metric:
    """A metric: a sum of one base measure, or a ratio of two sums."""

    api_name: str
    ui_name: str
    category: str
    type: str
    of: Base
    over: Base | None = None
    divisor: int = 1
    complement: bool = False
    """One minus the ratio."""

    def value(self, sums: Sequence[int]) -> int | float:
        """The metric of summed base measures; a ratio over nothing is 0."""
        if self.over is None:
            return sums[self.of] if self.divisor == 1 else sums[self.of] / self.divisor
        below = sums[self.over]
        ratio = sums[self.of] / self.divisor / below if below else 0.0
        return 1.0 - ratio if self.complement and below else ratio


_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

DIMENSIONS = {
    known.api_name: known
    for known in (
        Dimension("date", "Date", "Time", lambda day, _: day.strftime("%Y%m%d")),
        Dimension("year", "Year", "Time", lambda day, _: f"{day.year:04}"),
        Dimension("month", "Month", "Time", lambda day, _: f"{day.month:02}"),
        Dimension("day", "Day", "Time", lambda day, _: f"{day.day:02}"),
        Dimension("yearMonth", "Year month", "Time", lambda day, _: f"{day.year:04}{day.month:02}"),
        Dimension("dayOfWeek", "Day of week", "Time", lambda day, _: str(day.isoweekday() % 7)),
        Dimension("dayOfWeekName", "Day of week name", "Time", lambda day, _: _DAYS[day.isoweekday() % 7]),
        Dimension("country", "Country", "Geography", lambda _, cell: COUNTRIES[cell.country].name),
        Dimension("countryId", "Country ID", "Geography", lambda _, cell: COUNTRIES[cell.country].code),
        Dimension("continent", "Continent", "Geography", lambda _, cell: COUNTRIES[cell.country].continent),
        Dimension("deviceCategory", "Device category", "Platform / device", lambda _, cell: DEVICES[cell.device].name),
        Dimension(
            "sessionDefaultChannelGroup",
            "Session default channel group",
            "Traffic source",
            lambda _, cell: CHANNELS[cell.channel].name,
        ),
    )
}

METRICS = {
    known.api_name: known
    for known in (
        Metric("activeUsers", "Active users", "User", "TYPE_INTEGER", Base.ACTIVE_USERS),
        Metric("totalUsers", "Total users", "User", "TYPE_INTEGER", Base.TOTAL_USERS),
        Metric("newUsers", "New users", "User", "TYPE_INTEGER", Base.NEW_USERS),
        Metric("sessions", "Sessions", "Session", "TYPE_INTEGER", Base.SESSIONS),
        Metric("engagedSessions", "Engaged sessions", "Session", "TYPE_INTEGER", Base.ENGAGED_SESSIONS),
        Metric("screenPageViews", "Views", "Page / screen", "TYPE_INTEGER", Base.VIEWS),
        Metric("eventCount", "Event count", "Event", "TYPE_INTEGER", Base.EVENTS),
        Metric("transactions", "Transactions", "Ecommerce", "TYPE_INTEGER", Base.TRANSACTIONS),
        Metric("totalRevenue", "Total revenue", "Revenue", "TYPE_CURRENCY", Base.REVENUE, divisor=100),
        Metric("userEngagementDuration", "User engagement", "User", "TYPE_SECONDS", Base.ENGAGEMENT_SECONDS),
        Metric(
            "averageSessionDuration",
            "Average session duration",
            "Session",
            "TYPE_SECONDS",
            Base.ENGAGEMENT_SECONDS,
            over=Base.SESSIONS,
        ),
        Metric(
            "engagementRate",
            "Engagement rate",
            "Session",
            "TYPE_FLOAT",
            Base.ENGAGED_SESSIONS,
            over=Base.SESSIONS,
        ),
        Metric(
            "bounceRate",
            "Bounce rate",
            "Session",
            "TYPE_FLOAT",
            Base.ENGAGED_SESSIONS,
            over=Base.SESSIONS,
            complement=True,
        ),
        Metric(
            "screenPageViewsPerSession",
            "Views per session",
            "Page / screen",
            "TYPE_FLOAT",
            Base.VIEWS,
            over=Base.SESSIONS,
        ),
    )
}
