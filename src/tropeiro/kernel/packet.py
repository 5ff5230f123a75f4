"""The packet: the one thing that travels.

A packet carries the array of steps (the *routing slip* of Hohpe and Woolf's "Enterprise Integration Patterns"), its
place in it, and the data that the rest of the way still names. The array never changes on the way, so it travels as a
digest and a text that every worker compiles once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.outcome import ErrorInfo
from tropeiro.kernel.states import StepState
from tropeiro.kernel.workflow import Workflow


class Route(msgspec.Struct, frozen=True):
    """The array of steps of one workflow version, as sent and as compiled."""

    digest: str
    """SHA-256 of ``text``, hexadecimal."""
    text: bytes
    """The document, JSON, with every ``uses`` pinned."""
    workflow: Workflow


class Result(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """What ``steps.<id>`` is to an expression."""

    output: Any = None
    error: ErrorInfo | None = None
    state: StepState = StepState.SUCCEEDED
    blob: str = ""
    """Name in the blob store under which ``output`` is kept, when it is too large to travel (*claim check*)."""


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a packet inherited when it was sent off and never changes: the job's inputs, or the view at a split."""

    inputs: Any = None
    outputs: dict[str, Result] = {}
    """Results from before the split that something inside names."""
    prefix: str = ""
    """Path of what was split, ``records`` for the items of step ``records``; empty for a job's own packet."""
    round: int = 0
    """How many retries of enclosing groups preceded this; tells the step's rows of one retry from another's."""
    item: Any = None
    """Item of the enclosing ``foreach`` when the packet is a branch of a ``parallel`` inside it."""
    index: int | None = None
    memo: dict[str, Result] = {}
    """Results of an earlier job's calls by path, reused instead of calling again (rerun). A branch has its own part."""
    mock: bool = False
    """A test run: a step with ``mock`` gives it instead of calling."""


class GroupState(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """What must be remembered of an enclosing group while its steps run."""

    failures: int = 0
    deadline_ms: int | None = None
    """Unix time in milliseconds, by the database's clock."""


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One packet, whole. A worker needs it and the service's code, and nothing else."""

    id: UUID
    job: UUID
    organization: UUID
    project: UUID | None
    route: Route
    scope: Scope
    step: int
    """Number of the step it stands at (``Workflow.steps``)."""
    entered: bool = False
    """False while the step's ``if`` and kind are still to be looked at; True at a call that is to be made."""
    outputs: dict[str, Result] = {}
    """Results of this packet's own steps that something later names."""
    groups: dict[int, GroupState] = {}
    """By step number; only enclosing groups with a retry or a deadline stand here."""
    failures: int = 0
    """How often the present step has failed."""
    attempt: int = 1
    """Which try of the present step this is: failures and lost leases both count."""
    join: UUID | None = None
    """Packet that waits for this one; ``None`` for a job's own packet."""
    branch: int = 0
    """Index among the join's branches or items."""
    item: Any = None
    index: int | None = None
    memo: dict[str, Result] = {}
    """This branch's part of ``Scope.memo``."""
    deadline_ms: int | None = None
    """When what encloses this packet times out (the job, or a group around the split), Unix milliseconds."""
    started_ms: int = 0
    """When the job started, Unix milliseconds."""
    workflow_name: str = ""
    priority: int = 0
    trace: str = ""
    """W3C ``traceparent``."""
