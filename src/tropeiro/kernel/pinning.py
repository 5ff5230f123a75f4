"""Pinning: every ``uses`` of a document becomes one exact version, so that what was saved is what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import msgspec

from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.service_ref import ServiceRef, parse_service_ref
from tropeiro.kernel.step_rules import ENVELOPE_KEYS, SCHEMA


class Pinned(msgspec.Struct, frozen=True):
    """What a reference was resolved to."""

    uses: str
    """Fully qualified: ``organization/project/service@version``."""
    service: str
    """Id (UUID) of the service's version."""


def envelope_of(document: Any) -> dict[str, Any]:
    """The canonical envelope: keys in their fixed order, ``schema`` first. A bare list of steps gets one."""
    if isinstance(document, list):
        return {"schema": SCHEMA, "steps": document}
    known = {key: document[key] for key in ENVELOPE_KEYS if key in document}
    return {"schema": SCHEMA, **known}


def pin_envelope(envelope: dict[str, Any], resolve: Callable[[ServiceRef], Pinned | Problem]) -> dict[str, Any]:
    """A copy of a valid envelope with ``uses`` and ``service`` of every call set.

    ``resolve`` is asked once for each different reference. Where it gives a problem, its pointer is replaced by the
    call's. Raises `DocumentInvalid` with all of them.
    """
    copy = deepcopy(envelope)
    answers: dict[ServiceRef, Pinned | Problem] = {}
    problems: list[Problem] = []
    for step, pointer in calls_in(copy["steps"], "/steps"):
        ref = parse_service_ref(step["uses"])
        if ref not in answers:
            answers[ref] = resolve(ref)
        answer = answers[ref]
        if isinstance(answer, Problem):
            problems.append(msgspec.structs.replace(answer, pointer=f"{pointer}/uses"))
        else:
            step["uses"], step["service"] = answer.uses, answer.service
    if problems:
        raise DocumentInvalid(tuple(problems))
    return copy


def calls_in(steps: list[dict[str, Any]], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every service call of a valid list of steps, at any depth, in document order, with its pointer."""
    for i, step in enumerate(steps):
        at = f"{pointer}/{i}"
        if "uses" in step:
            yield step, at
        for inner, below in lists_in(step):
            yield from calls_in(inner, at + below)


def lists_in(step: dict[str, Any]) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """The lists of steps that a valid step owns, with their pointers below it."""
    if "steps" in step:
        yield step["steps"], "/steps"
    for name, inner in step.get("branches", {}).items():
        yield inner, f"/branches/{name}"
    for i, case in enumerate(step.get("cases", ())):
        yield case["steps"], f"/cases/{i}/steps"
    if "else" in step:
        yield step["else"], "/else"
    if isinstance(step.get("on_error"), list):
        yield step["on_error"], "/on_error"
