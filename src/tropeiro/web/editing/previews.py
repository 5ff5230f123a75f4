"""What an expression of a draft gives on a past run: the kernel evaluates it on that run's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec.structs import replace

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.excerpts import excerpt
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.packet import Result
from tropeiro.kernel.previewing import OutOfSight, Past, needed, preview
from tropeiro.kernel.source_map import read_source
from tropeiro.kernel.surroundings import outline_of
from tropeiro.kernel.values import kind
from tropeiro.web.editing.runs import what_ran
from tropeiro.web.jobs.outcomes import large_value, outcomes
from tropeiro.web.jobs.queries import JobDetails, job
from tropeiro.web.jobs.redaction import redacted
from tropeiro.web.jobs.values import Shown
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

_NO_JOB = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be evaluated, and on what."""

    text: str
    """The draft."""
    pointer: str
    """Of the step in which the value stands; empty for the document's ``output``."""
    value: Any
    """JSON with expressions."""
    job: UUID | None = None
    index: int = 0
    """Of the nearest item around the step."""
    pins: Mapping[str, Any] = field(default_factory=dict)
    """Outputs by step id that count instead of the run's."""
    inputs: Any = None
    """They count instead of the run's when they are given."""


@dataclass(frozen=True, slots=True)
class Given:
    """What it gives."""

    value: Any
    kind: str
    """null, boolean, integer, number, text, list or object."""
    cut: bool


def preview_of(member: Member, question: Question) -> Given:
    """What the value gives. Raises `NotFound` (the run), `DocumentInvalid` for no JSON, and `ExpressionError`."""
    member.require(Verb.VIEW)
    document = read_source(question.text).value
    outline = outline_of(document)
    found = outline.around(question.pointer)
    if found is None:
        raise OutOfSight(_("There is no step there any more."))
    names = needed(outline, found, compile_template(question.value))
    past = past_of(
        member, document, question.job, names, index=question.index, pins=question.pins, inputs=question.inputs
    )
    value = preview(outline, found, question.value, without_secrets(past), question.index)
    shown, cut = excerpt(value)
    return Given(shown, kind(value), cut)


def pinned_results(pins: Mapping[str, Any], index: int) -> dict[tuple[str, int], Result]:
    """Outputs given by hand, as results of the item that is asked for and of what runs once."""
    return {(name, at): Result(output=value) for name, value in pins.items() for at in {0, index}}


def past_of(
    member: Member,
    document: Any,
    id: UUID | None,  # noqa: A002 - the word that callers use
    names: frozenset[str],
    *,
    index: int = 0,
    pins: Mapping[str, Any],
    inputs: Any = None,
) -> Past:
    """The values of a run, of its steps those in ``names``, and ``pins`` instead of some; no run's when ``id`` is None.

    Raises `NotFound`, and `ExpressionError` for a value that is not kept or too large to be looked at.
    """
    variables = document.get("vars") if isinstance(document, dict) else None
    pinned = pinned_results(pins, index)
    if id is None:
        return Past(inputs if inputs is not None else {}, pinned, _job(_NO_JOB, "", timezone.now()), variables)
    found = job(member, id)
    given = _value(found.inputs) if inputs is None else inputs
    results = results_of(member, id, names - pins.keys(), index=index)
    loaded = {key: _loaded(key[0], result) for key, result in results.items()}
    return Past(given, {**loaded, **pinned}, _job(str(found.id), found.name, _began(found)), variables)


def without_secrets(past: Past) -> Past:
    """The same without what looks like a secret, for showing what is made of it."""
    results = {key: replace(result, output=redacted(result.output)) for key, result in past.results.items()}
    return replace(past, inputs=redacted(past.inputs), results=results)


def results_of(
    member: Member,
    run: UUID,
    names: frozenset[str],
    *,
    index: int = 0,
) -> dict[tuple[str, int], Result]:
    """What the steps in ``names`` came to in a run, by id and index of the item; large outputs by their names."""
    if not names:
        return {}
    ran = what_ran(member, run)
    known = ((step.n, ran.known(step)) for step in ran.workflow.steps if not step.inner)
    by_number = {n: step.id for n, step in known if step is not None and step.id in names}
    with tenant(member.organization):
        return {
            (by_number[value.n], value.index): value.result
            for value in outcomes(run, index=index, numbers=by_number.keys())
            if not value.left_out
        }


def _loaded(name: str, result: Result) -> Result:
    if not result.blob:
        return result
    output, there = large_value(result.blob)
    if not there:
        raise ExpressionError(
            _("The output of `%(name)s` is too large to be shown here, or not kept any more.") % {"name": name}
        )
    return replace(result, output=output, blob="")


def _value(shown: Shown) -> Any:
    if not shown.blob:
        return shown.value or {}
    value, there = large_value(shown.blob)
    if not there:
        raise ExpressionError(_("The inputs of this run are too large to be shown here, or not kept any more."))
    return value


def _job(id_: str, name: str, began: datetime) -> dict[str, Any]:
    return {"id": id_, "workflow": name, "started_at": began.isoformat(timespec="milliseconds"), "attempt": 1}


def _began(found: JobDetails) -> datetime:
    return found.started_at or found.created_at
