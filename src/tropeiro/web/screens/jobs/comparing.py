"""Two attempts at one step side by side: of one job, or of the jobs that ran it again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.kernel.differences import differences
from tropeiro.kernel.errors import NotFound
from tropeiro.web.jobs import queries
from tropeiro.web.jobs.redaction import redacted, redacted_text
from tropeiro.web.jobs.tries import StepTry, tries
from tropeiro.web.jobs.values import Shown as Value
from tropeiro.web.member import Member
from tropeiro.web.screens.differences import Shown, shown
from tropeiro.web.screens.session import for_members

TRIES = 50
"""Attempts of each job that can be chosen."""
RUNS = 5
"""Jobs that ran this one again whose attempts can be chosen too, the newest."""
LONGEST = 200_000
"""Characters of a value that is compared; longer ones only stand beside each other, cut."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that can be chosen."""

    job: queries.JobSummary
    found: StepTry

    @property
    def key(self) -> str:
        """As an address names it."""
        return f"{self.job.id}.{self.found.round}.{self.found.attempt}"


@dataclass(frozen=True, slots=True)
class Part:
    """Input, output or error of both, and where they differ; ``None`` when that was not looked for."""

    name: str
    label: str
    before: Value
    after: Value
    rows: tuple[Shown, ...] | None

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.rows is not None and not self.rows


@require_GET
@for_members
def compare(request: Any, job: UUID) -> HttpResponse:
    """The two attempts that the address names."""
    path = request.GET.get("path", "")[:500]
    details = queries.job(request.member, job)
    known = _attempts(request.member, details, path)
    if not known:
        raise NotFound(_("There is no attempt at this step."))
    before, after = _pair(known, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        "job": details,
        "path": path,
        "attempts": known,
        "before": before,
        "after": after,
        "parts": _parts(before.found, after.found),
    }
    return render(request, "jobs/compare.html", context)


def _attempts(member: Member, job: queries.JobDetails, path: str) -> list[Attempt]:
    """All that can be chosen, the oldest first."""
    runs: list[queries.JobSummary] = [job, *queries.runs_again(member, job.id)[:RUNS]]
    if job.rerun_of is not None:
        # It may be forgotten by now.
        with suppress(NotFound):
            runs.append(queries.job(member, job.rerun_of))
    found = [Attempt(run, one) for run in runs for one in tries(member, run.id, path, limit=TRIES)]
    return sorted(found, key=lambda one: (one.found.started_at, one.found.round, one.found.attempt))


def _pair(known: list[Attempt], before: str, after: str) -> tuple[Attempt, Attempt]:
    """The two that are named; to one the next, of the last one and without a name the two last."""
    one, other = (_named(known, key) for key in (before, after))
    if other is None:
        place = known.index(one) + 1 if one is not None else len(known)
        if place < len(known):
            other = known[place]
        else:
            one, other = None, known[-1]
    if one is None:
        place = known.index(other)
        one = known[place - 1] if place else known[min(1, len(known) - 1)]
    return one, other


def _named(known: list[Attempt], key: str) -> Attempt | None:
    if not key:
        return None
    one = next((attempt for attempt in known if attempt.key == key), None)
    if one is None:
        raise NotFound(_("There is no such attempt."))
    return one


def _parts(before: StepTry, after: StepTry) -> tuple[Part, ...]:
    return tuple(
        Part(name, label, one, other, _rows(one, other))
        for name, label, one, other in (
            ("error", _("Error"), _error(before), _error(after)),
            ("input", _("Input"), before.input, after.input),
            ("output", _("Output"), before.output, after.output),
        )
    )


def _error(one: StepTry) -> Value:
    return Value(None if one.error is None else msgspec.json.encode(one.error).decode())


def _rows(before: Value, after: Value) -> tuple[Shown, ...] | None:
    if before.blob or after.blob:
        return () if before.blob == after.blob else None
    one, other = before.text or "null", after.text or "null"
    if max(len(one), len(other)) > LONGEST:
        return () if one == other else None
    if one != other and redacted_text(one) == redacted_text(other):
        # What differs is hidden: that it does may be said, and no more.
        return (Shown(_("a hidden value"), "••••••", "••••••"),)
    return shown(differences(redacted(msgspec.json.decode(one)), redacted(msgspec.json.decode(other))))
