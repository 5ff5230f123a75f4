"""Two versions of a workflow beside each other, or its newest version and a text that is about to become one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from tropeiro.kernel.differences import DocumentDifference, document_differences, is_comparable
from tropeiro.kernel.errors import DocumentInvalid
from tropeiro.kernel.source_map import read_source
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import workflow_row
from tropeiro.web.workflows.details import Version, one_version
from tropeiro.web.workflows.draft_state import draft_state
from tropeiro.web.workflows.text_differences import TextDifference, text_differences


@dataclass(frozen=True)
class Side:
    """One of two documents."""

    text: str
    version: Version | None
    """``None`` for a text that is no version yet."""
    nothing: bool = False
    """Whether there is no document at all: the workflow was never published."""

    @cached_property
    def document(self) -> Any:
        """Its value, when steps can be told apart in it; else ``None``."""
        if self.nothing:
            return []
        try:
            value = read_source(self.text).value
        except DocumentInvalid:
            return None
        return value if is_comparable(value) else None


@dataclass(frozen=True)
class Comparison:
    """How one document became another."""

    before: Side
    after: Side

    @cached_property
    def difference(self) -> DocumentDifference | None:
        """Step by step; ``None`` when one of them has no steps that can be told apart."""
        if self.before.document is None or self.after.document is None:
            return None
        return document_differences(self.before.document, self.after.document)

    @cached_property
    def lines(self) -> TextDifference:
        """Line by line, as they are written."""
        return text_differences(self.before.text, self.after.text)


def compare_versions(member: Member, workflow: UUID, before: int, after: int) -> Comparison:
    """Two versions, by their numbers. Raises `NotFound`."""
    with tenant(member.organization):
        row = workflow_row(member, workflow, removed=True)
        one, other = (Side(text, version) for version, text in (one_version(row, n) for n in (before, after)))
        return Comparison(one, other)


def compare_with_text(member: Member, workflow: UUID, text: str) -> Comparison:
    """The newest version, of a draft alone nothing, and ``text``. Raises `Forbidden`, `NotFound`."""
    member.require(Verb.SAVE_WORKFLOW)
    with tenant(member.organization):
        if not draft_state(member, workflow).published:
            return Comparison(Side("", None, nothing=True), Side(text, None))
        row = workflow_row(member, workflow)
        version, newest = one_version(row, None)
        return Comparison(Side(newest, version), Side(text, None))
