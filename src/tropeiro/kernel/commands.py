"""What is to happen next: the decisions of `advance.py`, carried out by the queue in one transaction."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.outcome import BranchResult, ErrorInfo
from tropeiro.kernel.packet import Packet, Result, Scope
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import JobState, StepState
from tropeiro.kernel.workflow import Join


class StepRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a job's history: one attempt of one step came to its end."""

    path: str
    round: int = 0
    attempt: int = 1
    n: int
    """Number of the step in the workflow."""
    state: StepState
    uses: str = ""
    billed: UUID | None = None
    """The service version that was called and succeeded, for the usage record; ``None`` for the built-in ones."""
    input: Any = None
    output: Any = None
    error: ErrorInfo | None = None
    reused: bool = False
    """The output came from an earlier job or a mock; nothing was called."""


class Send(msgspec.Struct, frozen=True):
    """The packet goes on to the step it now stands at; after a delay when it is tried again later."""

    packet: Packet
    delay_ms: int = 0


class Branch(msgspec.Struct, frozen=True):
    """One packet to be of a split."""

    index: int
    step: int
    """Number of its first step."""
    item: Any = None
    memo: dict[str, Result] = {}


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """The packet is parked, and one packet for each branch or item is sent instead."""

    packet: Packet
    scope: Scope
    branches: tuple[Branch, ...]
    foreach: bool
    """True when the branches are items, so that ``index`` means something to expressions."""
    join: Join
    concurrency: int | None
    """How many of the branches may be under way at once; ``None`` for all."""
    deadline_ms: int | None
    """When waiting for them ends, Unix milliseconds."""


class Arrive(msgspec.Struct, frozen=True):
    """The packet reached the end of its branch; what it brings goes to its join."""

    packet: Packet
    result: BranchResult


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The packet is parked while an automation runs as a child job."""

    packet: Packet
    start: Start
    due_ms: int
    """When waiting for it ends, Unix milliseconds."""


class WaitKind(StrEnum):
    """For what a packet waits."""

    TIMER = "timer"
    APPROVAL = "approval"
    CALLBACK = "callback"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """The packet waits: for a moment, a person, or a callback."""

    packet: Packet
    kind: WaitKind
    due_ms: int | None
    """When waiting ends by itself, Unix milliseconds."""
    due_error: ErrorInfo | None = None
    """With what it ends then; ``None`` when reaching the moment is what was waited for."""
    question: Any = None
    """For an approval: title, form, assignees."""


class Finish(msgspec.Struct, frozen=True):
    """The job is over."""

    packet: Packet
    state: JobState
    output: Any = None
    error: ErrorInfo | None = None


Command = Send | Split | Arrive | Call | Wait | Finish


class Advance(msgspec.Struct, frozen=True):
    """One decision, with the history it made on the way."""

    records: tuple[StepRecord, ...]
    command: Command
