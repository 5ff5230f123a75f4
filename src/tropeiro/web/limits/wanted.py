"""A limit as somebody wants it: for what, and its numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.durations import UNITS, format_duration, parse_duration
from tropeiro.kernel.errors import InvalidInput

MOST = 1_000_000
_RATE = re.compile(r"([0-9]{1,7})/(.{1,20})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A token bucket: ``calls`` in each period, and up to ``burst`` at once."""

    calls: int
    period_ms: int
    burst: int

    def __str__(self) -> str:
        period = format_duration(self.period_ms)
        return f"{self.calls}/{period.removeprefix('1') if period in _ONE else period}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A limit to be."""

    kind: LimitKind
    subject: str = ""
    """A service as steps name it, without a version; or the credential's name."""
    project: str | None = None
    """For a credential: only for steps of this project."""
    concurrency: int | None = None
    rate: Rate | None = None

    def check(self) -> None:
        """Raise `InvalidInput` unless it limits something."""
        if self.concurrency is None and self.rate is None:
            raise InvalidInput(_("A limit says how many calls at once, or how many in a period, or both."))
        if self.concurrency is not None and not 1 <= self.concurrency <= MOST:
            raise InvalidInput(_("The number of calls at once is a whole number from 1."))
        if (self.kind is LimitKind.ORGANIZATION) == bool(self.subject):
            raise InvalidInput(_("A limit for a service or a credential names it; one for the organization does not."))
        if self.project and self.kind is not LimitKind.CREDENTIAL:
            raise InvalidInput(_("Only a limit for a credential is for one project."))


def parse_rate(text: str, burst: int | None = None) -> Rate:
    """A rate such as ``10/s``, ``100/m`` or ``20/30s``; ``burst`` is as many as in a period when not said.

    Raises `InvalidInput`.
    """
    found = _RATE.fullmatch(text.strip())
    calls, period = (int(found[1]), found[2]) if found else (0, "")
    if not found or not 1 <= calls <= MOST:
        raise InvalidInput(
            _("`%(rate)s` is not a rate.") % {"rate": text[:40]},
            hint=_("Write calls and a period: 10/s, 100/m, 20/30s."),
        )
    period_ms = parse_duration(f"1{period}" if period in UNITS else period)
    if period_ms < 1:
        raise InvalidInput(_("The period of a rate is longer than nothing."))
    if burst is not None and not 1 <= burst <= MOST:
        raise InvalidInput(_("The burst is a whole number from 1."))
    return Rate(calls=calls, period_ms=period_ms, burst=burst if burst is not None else calls)


_ONE = {f"1{unit}" for unit in UNITS}
