"""A workflow as frozen values. `document.py` makes them from JSON; `advance.py` walks them.

Steps are numbered in document order (``n``), so that a place in a workflow is one integer, and carry their
surroundings (``siblings``, ``owner``), so that what comes next is a look-up and never a search.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.expressions import Template
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.service_ref import ServiceRef


class Kind(StrEnum):
    """What a step does."""

    CALL = "call"
    GROUP = "group"
    PARALLEL = "parallel"
    CHOICE = "choice"
    WAIT = "wait"
    APPROVAL = "approval"


class Join(StrEnum):
    """When a split step is complete."""

    ALL = "all"
    ANY = "any"
    SETTLED = "settled"


class Role(StrEnum):
    """What a list of steps is to the step that owns it."""

    TOP = "top"
    BODY = "body"
    BRANCH = "branch"
    CASE = "case"
    HANDLER = "handler"


class Approval(msgspec.Struct, frozen=True):
    """A question to a person."""

    title: Template
    form: Any = None
    """JSON Schema of the answer; ``None`` asks only for a yes."""
    timeout_ms: int | None = None
    assignees: tuple[str, ...] = ()


class StepList(msgspec.Struct, frozen=True):
    """A list of steps, and what it is to its owner."""

    steps: tuple[int, ...]
    """The numbers of its steps, in order. Never empty."""
    role: Role
    owner: int | None
    """Number of the step that owns the list; ``None`` for the workflow's own list."""
    name: str = ""
    """Name of the branch, when the role is BRANCH."""


class Case(msgspec.Struct, frozen=True):
    """One arm of a choice."""

    condition: Template
    body: int
    """Index of its list in ``Workflow.lists``."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the array, compiled. Exactly the fields of its kind are set."""

    n: int
    """Place in document order; index into ``Workflow.steps``."""
    id: str
    pointer: str
    """JSON Pointer of the entry in the array of steps."""
    kind: Kind
    home: int
    """Index of the list it stands in (``Workflow.lists``)."""
    position: int
    """Place in that list."""
    name: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    condition: Template | None = None
    foreach: Template | None = None
    concurrency: int | None = None
    retry: RetryPolicy | None = None
    timeout_ms: int | None = None
    continue_on_error: bool = False
    handler: int | None = None
    """Index of the list that runs when the step failed (``on_error`` as an array)."""
    output: Template | None = None
    mock: Template | None = None
    inner: bool = False
    """True for the call inside a service call with ``foreach``: it shares its owner's id and has no name of its own."""

    uses: ServiceRef | None = None
    called: str = ""
    """``uses`` as text."""
    service: UUID | None = None
    """The pinned service version; set when the workflow was resolved."""
    inputs: Template | None = None
    """The ``with`` of a service call."""
    credential: str | None = None

    body: int | None = None
    """Index of the list of a group (with or without ``foreach``)."""
    branches: tuple[int, ...] = ()
    join: Join = Join.ALL
    cases: tuple[Case, ...] = ()
    otherwise: int | None = None
    """Index of the list of ``else``."""
    wait_ms: int | None = None
    wait_until: Template | None = None
    approval: Approval | None = None

    root: int = 0
    """Index of the list that the packet walks which comes to this step: the top one, of items, or of a branch."""
    trail: str = ""
    """Path of the step from there, ``group.fetch``; empty for the call inside a ``foreach``."""
    live_after: frozenset[str] = frozenset()
    """Ids whose results something later in this packet's life, or a template around it, still names."""
    reads_inside: frozenset[str] = frozenset()
    """For a split: ids from before it that something inside its branches or items names."""


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document, compiled."""

    steps: tuple[Step, ...]
    """Every step at any depth, in document order; ``steps[s.n] is s``."""
    lists: tuple[StepList, ...]
    """Every list of steps; ``lists[0]`` is the workflow's own."""
    name: str = ""
    description: str = ""
    inputs: Any = None
    """JSON Schema of the inputs; ``None`` accepts any object."""
    output: Template | None = None
    vars: Any = None
    """Constants of the document, an object."""
    timeout_ms: int | None = None
    live_at_end: frozenset[str] = frozenset()
    """Ids that the document's ``output`` names."""

    def step(self, step_id: str) -> Step | None:
        """The step with this id, or ``None``. Linear; for people's questions, not for the hot path."""
        return next((s for s in self.steps if s.id == step_id and not s.inner), None)
