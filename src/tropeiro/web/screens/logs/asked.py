"""What the address of the explorer asks for.

``q`` (what was typed), ``level`` (from this one up), ``job``, ``worker``, and what the toolbar keeps there. What
cannot be read is as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.logs.wanted import MOST_CHARACTERS, Wanted, parse_query, query_text
from tropeiro.web.screens.analytics.toolbar import ChipKind, Toolbar, toolbar
from tropeiro.web.screens.frame import with_query

CHIPS = (ChipKind.AUTOMATION, ChipKind.SERVICE)


@dataclass(frozen=True, slots=True)
class OwnChip:
    """A filter that the toolbar does not know."""

    title: str
    label: str
    without: str
    """The address without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for."""

    bar: Toolbar
    wanted: Wanted
    query: str
    level: str
    chips: tuple[OwnChip, ...]
    kept: tuple[tuple[str, str], ...]
    """What the form of the query must keep of the address."""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the time leaves lines out."""
        return bool(self.query or self.level or self.chips) or self.bar.narrowed


def asked(request: Any) -> Asked:
    """What a request asks for."""
    sent = request.GET
    bar = toolbar(request, chips=CHIPS, default_range="24h", compare=None, csv=False)
    query = sent.get("q", "").strip()[:MOST_CHARACTERS]
    level = sent.get("level", "") if sent.get("level", "") in LEVELS else ""
    job, worker = _uuid(sent.get("job", "")), sent.get("worker", "")[:200]
    wanted = Wanted(
        since=bar.period.start,
        until=bar.period.end,
        terms=parse_query(query),
        level=level,
        project=bar.scope.project,
        projectless=bar.scope.projectless,
        workflow=bar.scope.workflow,
        service=bar.scope.service,
        job=job,
        worker=worker,
    )
    chips = [OwnChip(_("Job"), str(job)[-12:], _address(request, job=None))] if job else []
    chips += [OwnChip(_("Worker"), worker, _address(request, worker=None))] if worker else []
    return Asked(
        bar=bar,
        wanted=wanted,
        query=query,
        level=level,
        chips=tuple(chips),
        kept=tuple((name, value) for name, value in sent.items() if name not in ("q", "before", "format")),
    )


def with_term(request: Any, name: str, value: str, *, negated: bool = False) -> str:
    """The query of an address that asks for one thing more."""
    term = query_text(name, value, negated=negated)
    return _address(request, q=f"{request.GET.get('q', '').strip()} {term}".strip())


def between(request: Any, start: datetime, end: datetime) -> str:
    """The query of an address that asks for another time."""
    texts = {name: moment.replace(tzinfo=None).isoformat() for name, moment in (("from", start), ("to", end))}
    return _address(request, range="custom", live=None, **texts)


def from_now_on(wanted: Wanted, now: datetime) -> Wanted:
    """The same of what comes from now on."""
    return replace(wanted, since=now, until=now.replace(year=now.year + 100))


def _address(request: Any, **changes: str | None) -> str:
    return with_query(request, **{"before": None, "after": None, **changes})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
