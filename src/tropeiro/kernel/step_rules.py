"""Which keys a step may have, and the limits of a document. `document_schema` publishes the same tables."""

from __future__ import annotations

from tropeiro.kernel.wording import phrase
from tropeiro.kernel.workflow import Kind

SCHEMA = "tropeiro/v1"

MAX_STEPS = 1_000
MAX_NESTING = 20
"""Lists of steps inside each other, the workflow's own included."""
MAX_ARMS = 100
"""Branches of a parallel, cases of a choice."""
MAX_CONCURRENCY = 1_000
MAX_ATTEMPTS = 100
MAX_BACKOFF = 10
MAX_NAME = 200
MAX_DESCRIPTION = 10_000
MAX_TITLE = 500
MAX_LABELS = 32
MAX_LABEL_KEY = 63
MAX_ASSIGNEES = 100

ID = r"[a-z][a-z0-9_]{0,63}"
"""Regular expression of a step's id and of a branch's name, without anchors."""

ENVELOPE_KEYS = ("schema", "name", "description", "inputs", "vars", "timeout", "steps", "output")
"""In the order of the canonical document."""

KIND_KEYS: dict[str, Kind] = {
    "uses": Kind.CALL,
    "steps": Kind.GROUP,
    "branches": Kind.PARALLEL,
    "cases": Kind.CHOICE,
    "wait": Kind.WAIT,
    "approval": Kind.APPROVAL,
}
"""The key that makes a step's kind; a step has exactly one of them."""

KIND_NAMES: dict[Kind, str] = {
    Kind.CALL: phrase("a service call"),
    Kind.GROUP: phrase("a group"),
    Kind.PARALLEL: phrase("a parallel step"),
    Kind.CHOICE: phrase("a choice"),
    Kind.WAIT: phrase("a wait"),
    Kind.APPROVAL: phrase("an approval"),
}

COMMON_KEYS = ("id", "name", "if", "on_error", "output", "labels")

KEYS_OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.CALL: ("uses", "with", "credential", "foreach", "concurrency", "retry", "timeout", "mock"),
    Kind.GROUP: ("steps", "foreach", "concurrency", "retry", "timeout"),
    Kind.PARALLEL: ("branches", "join", "retry", "timeout"),
    Kind.CHOICE: ("cases", "else", "retry", "timeout"),
    Kind.WAIT: ("wait",),
    Kind.APPROVAL: ("approval", "timeout"),
}
"""Keys besides the common ones. A key that would change nothing on a kind is not in its row, and is refused there."""

PINNED_KEYS = ("service",)
"""Keys that only a resolved document has, on calls."""

STEP_KEYS = tuple(dict.fromkeys((*COMMON_KEYS, *(key for keys in KEYS_OF_KIND.values() for key in keys))))
RETRY_KEYS = ("attempts", "delay", "backoff", "max_delay", "jitter")
CASE_KEYS = ("if", "steps")
WAIT_KEYS = ("until",)
APPROVAL_KEYS = ("title", "form", "timeout", "assignees")

JOB_FIELDS = ("id", "workflow", "started_at", "attempt")
"""What stands behind ``job.``."""
