"""From a document's text to what jobs run: checked, and every service in it pinned to one revision."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from tropeiro.kernel.document import compile_document, document_of, pin, references_to_services
from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.pinning import Pinned
from tropeiro.kernel.service_ref import ServiceRef
from tropeiro.kernel.source_map import read_source
from tropeiro.kernel.workflow import Workflow
from tropeiro.web.place import Place
from tropeiro.web.services.resolving import Found, resolve


@dataclass(frozen=True, slots=True)
class PinnedDocument:
    """A document that can run."""

    text: str
    """The pinned document as JSON: the route of its jobs."""
    pins: tuple[UUID, ...]
    """The revisions that it calls, each once."""
    workflow: Workflow


def pin_document(place: Place, text: str) -> PinnedDocument:
    """Check a document and pin its services as seen from ``place``. Inside a tenant's transaction.

    Raises `DocumentInvalid` with every problem, with line and column.
    """
    source = read_source(text)
    workflow = compile_document(document_of(text))
    answers = resolve(place, references_to_services(workflow))
    try:
        pinned = pin(source.value, lambda ref: _pinned(answers[ref]))
    except DocumentInvalid as error:
        raise DocumentInvalid(tuple(source.located(problem) for problem in error.problems)) from None
    pins = tuple(sorted({found.id for found in answers.values() if isinstance(found, Found)}))
    return PinnedDocument(msgspec.json.encode(pinned).decode(), pins, workflow)


def references_of(text: str) -> tuple[ServiceRef, ...]:
    """The services that a document names. Raises `DocumentInvalid`."""
    return references_to_services(compile_document(document_of(text)))


def _pinned(answer: Found | Problem) -> Pinned | Problem:
    return Pinned(uses=answer.uses, service=str(answer.id)) if isinstance(answer, Found) else answer
