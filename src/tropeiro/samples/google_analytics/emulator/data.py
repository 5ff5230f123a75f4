"""Synthetic data: what each property recorded on each day, by country, device and channel.

Everything follows from the property's name and the date, so that any range of dates always gives the same numbers,
and two emulators agree. One synthetic user visits in one cell only: users add up, which those of a real property,
seen again on another day or device, do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from random import Random
from typing import NamedTuple


class Base(IntEnum):
    """Base measures of a cell, all of them integers that add up. Revenue in cents, engagement in seconds."""

    SESSIONS = 0
    ACTIVE_USERS = 1
    TOTAL_USERS = 2
    NEW_USERS = 3
    ENGAGED_SESSIONS = 4
    VIEWS = 5
    EVENTS = 6
    TRANSACTIONS = 7
    REVENUE = 8
    ENGAGEMENT_SECONDS = 9


class Cell(NamedTuple):
    """What one day recorded for one country, device and channel (indexes into the tuples below)."""

    country: int
    device: int
    channel: int
    sums: tuple[int, ...]
    """By ``Base``."""


@dataclass(frozen=True)
class Country:
    name: str
    code: str
    continent: str
    weight: float


@dataclass(frozen=True)
class Share:
    """A device or a channel and its share of the sessions."""

    name: str
    weight: float


COUNTRIES = (
    Country("Argentina", "AR", "Americas", 3.1),
    Country("Australia", "AU", "Oceania", 1.2),
    Country("Bolivia", "BO", "Americas", 0.6),
    Country("Brazil", "BR", "Americas", 30.0),
    Country("Canada", "CA", "Americas", 1.9),
    Country("Chile", "CL", "Americas", 1.7),
    Country("Colombia", "CO", "Americas", 1.4),
    Country("Côte d’Ivoire", "CI", "Africa", 0.3),
    Country("France", "FR", "Europe", 2.4),
    Country("Germany", "DE", "Europe", 2.8),
    Country("India", "IN", "Asia", 2.2),
    Country("Italy", "IT", "Europe", 2.0),
    Country("Japan", "JP", "Asia", 1.5),
    Country("Mexico", "MX", "Americas", 2.1),
    Country("Paraguay", "PY", "Americas", 0.9),
    Country("Portugal", "PT", "Europe", 4.2),
    Country("Spain", "ES", "Europe", 2.3),
    Country("United Kingdom", "GB", "Europe", 2.5),
    Country("United States", "US", "Americas", 8.0),
    Country("Uruguay", "UY", "Americas", 1.1),
)
DEVICES = (Share("desktop", 0.38), Share("mobile", 0.56), Share("tablet", 0.06))
CHANNELS = (
    Share("Direct", 0.24),
    Share("Display", 0.04),
    Share("Email", 0.06),
    Share("Organic Search", 0.33),
    Share("Organic Social", 0.11),
    Share("Paid Search", 0.12),
    Share("Referral", 0.07),
    Share("Unassigned", 0.03),
)

FIRST_DAY = date(2015, 8, 14)
"""The earliest date that a request may name."""


@lru_cache(maxsize=4096)
def cells(property_name: str, scale: float, day: date) -> tuple[Cell, ...]:
    """Everything that a property recorded on a day. Some cells hold zeros: recorded, but without a session."""
    random = Random(f"{property_name} {day.isoformat()}").random  # noqa: S311 - repeatable on purpose
    weekend = 0.72 if day.isoweekday() >= 6 else 1.0
    traffic = 60.0 * scale * weekend * (0.9 + 0.2 * random())
    found = []
    for c, country in enumerate(COUNTRIES):
        for d, device in enumerate(DEVICES):
            for h, channel in enumerate(CHANNELS):
                expected = traffic * country.weight * device.weight * channel.weight * (0.4 + 1.2 * random())
                sessions = int(expected + random())
                found.append(Cell(c, d, h, _measures(sessions, random(), random(), random())))
    return tuple(found)


def _measures(sessions: int, engaged: float, depth: float, luck: float) -> tuple[int, ...]:
    users = sessions - int(sessions * 0.25 * luck)
    engaged_sessions = int(sessions * (0.35 + 0.5 * engaged))
    views = sessions + int(engaged_sessions * (1 + 4 * depth))
    transactions = int(engaged_sessions * 0.08 * luck + depth * 0.5 * (sessions > 2))
    return (
        sessions,
        users - int(users * 0.05 * depth),
        users,
        int(users * (0.3 + 0.4 * luck)),
        engaged_sessions,
        views,
        views * 2 + engaged_sessions + int(sessions * 3 * depth),
        transactions,
        transactions * (1990 + int(24000 * depth * luck)),
        engaged_sessions * (20 + int(160 * depth)),
    )
