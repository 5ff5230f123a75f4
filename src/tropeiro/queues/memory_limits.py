"""Limits on calls in the queue in memory: the same promises as ``sql/schema/035_limits.sql``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import floor, inf
from uuid import UUID

import msgspec

from tropeiro.kernel.call_limits import Limit, LimitBook


class Rule(msgspec.Struct, kw_only=True):
    """A limit with its numbers, and what its bucket holds."""

    limit: Limit
    concurrency: int | None = None
    calls: int | None = None
    period_ms: int = 1000
    burst: int = 1
    tokens: float = 0.0
    filled_ms: int = 0

    def held(self, now_ms: int) -> float:
        """What the bucket holds at a moment; without a rate, no end of it."""
        if self.calls is None:
            return inf
        return min(self.burst, self.tokens + (now_ms - self.filled_ms) * self.calls / self.period_ms)


class MemoryLimits:
    """All limits of one process."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._rules: dict[UUID, Rule] = {}
        self.book = LimitBook()

    def put(self, rule: Rule) -> None:
        """Set a limit, or change the numbers of one. A new bucket is full, a changed one keeps what it has."""
        known = self._rules.get(rule.limit.id)
        now_ms = self._now_ms()
        rule.tokens = rule.burst if known is None or known.calls is None else min(rule.burst, known.held(now_ms))
        rule.filled_ms = now_ms
        self._rules[rule.limit.id] = rule
        self._write_book()

    def remove(self, limit: UUID) -> None:
        """Limit no longer."""
        del self._rules[limit]
        self._write_book()

    def free(self, under_way: Iterable[UUID]) -> dict[UUID, float]:
        """How many calls each limit lets begin now, when ``under_way`` names a limit once for each call under it."""
        running = Counter(under_way)
        now_ms = self._now_ms()
        return {
            id_: min(
                inf if rule.concurrency is None else rule.concurrency - running[id_],
                inf if rule.calls is None else floor(rule.held(now_ms) + 1e-9),
            )
            for id_, rule in self._rules.items()
        }

    def take(self, limits: Iterable[UUID]) -> None:
        """A call under these begins."""
        now_ms = self._now_ms()
        for rule in (self._rules[limit] for limit in limits if limit in self._rules):
            if rule.calls is not None:
                rule.tokens, rule.filled_ms = rule.held(now_ms) - 1, now_ms

    def next_token(self, waited_for: Iterable[UUID]) -> float:
        """In how many seconds a bucket that is waited for has its next token; infinite when none is."""
        now_ms = self._now_ms()
        wanted = [self._rules[limit] for limit in set(waited_for) if limit in self._rules]
        return min(
            (
                (1 - rule.held(now_ms)) * rule.period_ms / rule.calls / 1000
                for rule in wanted
                if rule.calls is not None and rule.held(now_ms) < 1
            ),
            default=inf,
        )

    def _write_book(self) -> None:
        self.book = LimitBook(rule.limit for rule in self._rules.values())
