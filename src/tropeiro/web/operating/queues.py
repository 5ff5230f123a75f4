"""What waits and what is under way, by organization and, inside one, by service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection

from tropeiro.web.operating.access import require_operator

MOST = 200

# What is held or waits for a limit is not ready in the sense that a free worker would take it.
_COUNTS = """
    count(*) FILTER (WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL) AS ready,
    count(*) FILTER (WHERE p.state = 'leased') AS leased,
    count(*) FILTER (WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL) AS limited,
    count(*) FILTER (WHERE p.state = 'delayed') AS delayed,
    count(*) FILTER (WHERE p.state = 'waiting') AS waiting,
    count(*) FILTER (WHERE p.state IN ('parked', 'blocked')) AS parked,
    count(*) FILTER (WHERE p.hold) AS held,
    clock_timestamp() - min(p.since) FILTER (WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL) AS oldest
"""
_BY_ORGANIZATION = f"""
SELECT o.id, o.slug, o.name, q.* FROM (
    SELECT p.organization_id, {_COUNTS} FROM tropeiro_packet p GROUP BY p.organization_id
) q JOIN tropeiro_organization o ON o.id = q.organization_id
ORDER BY q.ready + q.leased DESC, o.slug LIMIT %s
"""  # noqa: S608 - put together from constants
_BY_SERVICE = f"""
SELECT * FROM (
    SELECT p.uses, {_COUNTS} FROM tropeiro_packet p
    WHERE p.organization_id = (SELECT o.id FROM tropeiro_organization o WHERE o.slug = %s) GROUP BY p.uses
) q
ORDER BY q.ready + q.leased DESC, q.uses LIMIT %s
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many packets are in which state."""

    ready: int
    """A free worker takes them."""
    leased: int
    """A worker has them."""
    limited: int
    """Ready but for a limit on calls."""
    delayed: int
    """Until a moment: retries and waits."""
    waiting: int
    """For an answer from outside."""
    parked: int
    """For their branches, their child job, or their turn in a ``foreach``."""
    held: int
    """Of paused jobs."""
    oldest: timedelta | None
    """For how long the longest-waiting ready packet is ready."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.ready + self.leased + self.limited + self.delayed + self.waiting + self.parked


@dataclass(frozen=True, slots=True)
class OrganizationQueue:
    """An organization's packets."""

    slug: str
    name: str
    backlog: Backlog


@dataclass(frozen=True, slots=True)
class ServiceQueue:
    """An organization's packets at calls of one service."""

    uses: str
    """Full reference; empty for steps that call none."""
    backlog: Backlog


def queues(user: int | None) -> tuple[OrganizationQueue, ...]:
    """The organizations that have packets, the fullest first. Raises `NotFound` for who is no operator."""
    require_operator(user)
    with connection.cursor() as cursor:
        cursor.execute(_BY_ORGANIZATION, [MOST])
        return tuple(OrganizationQueue(row[1], row[2], _backlog(row[4:])) for row in cursor.fetchall())


def queue_of(user: int | None, organization: str) -> tuple[ServiceQueue, ...]:
    """One organization's packets by service, the fullest first. Raises `NotFound` for who is no operator."""
    require_operator(user)
    with connection.cursor() as cursor:
        cursor.execute(_BY_SERVICE, [organization, MOST])
        return tuple(ServiceQueue(row[0], _backlog(row[1:])) for row in cursor.fetchall())


def _backlog(row: tuple[int | timedelta | UUID | None, ...]) -> Backlog:
    names = ("ready", "leased", "limited", "delayed", "waiting", "parked", "held", "oldest")
    return Backlog(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
