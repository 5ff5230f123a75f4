"""What each step of a job came to, values and all: of the items of a ``foreach`` one, the first or another."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.outcome import ErrorInfo
from tropeiro.kernel.packet import Result
from tropeiro.kernel.states import StepState
from tropeiro.stores.blobs import FsspecBlobs

MOST_STEPS = 1_000
MOST_BYTES = 8_000_000
"""Of all values together that are read from rows; what is over that is left out."""
LARGEST_BLOB = 8_000_000
"""A larger value is not read from the blob store."""
_INDEX = re.compile(r"\[(\d+)\]")

# Of a step inside several foreach the item of the nearest one is chosen, and the first of those around it.
_OUTCOMES = """
WITH latest AS (
    SELECT DISTINCT ON (s.n, s.path) s.n, s.path, s.state, s.started_at, s.finished_at, s.attempt, s.reused,
        s.input::text AS input, s.output::text AS output, coalesce(s.output_blob, '') AS blob, s.error::text AS error
    FROM tropeiro_step s
    WHERE s.job_id = %(job)s AND (%(numbers)s::int[] IS NULL OR s.n = ANY (%(numbers)s::int[]))
      AND (strpos(s.path, '[') = 0 OR s.path ~ %(items)s)
    ORDER BY s.n, s.path, s.round DESC, s.attempt DESC
    LIMIT %(limit)s
)
SELECT l.n, l.path, l.state, l.started_at, l.finished_at, l.attempt, l.reused, l.blob, l.error,
    sum(coalesce(octet_length(l.input), 0) + coalesce(octet_length(l.output), 0)) OVER (ORDER BY l.n, l.path)
        <= %(most)s,
    l.input, l.output
FROM latest l ORDER BY l.n, l.path
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """The last try of one step, or of one item of it."""

    n: int
    path: str
    state: StepState
    started_at: datetime
    finished_at: datetime
    attempt: int
    reused: bool
    input: Any
    output: Any
    blob: str
    """Where a large output is kept, which is then not in ``output``."""
    left_out: bool
    """Whether the values are not here, because together they are too large."""
    error: ErrorInfo | None

    @property
    def index(self) -> int:
        """Of the nearest item around it; 0 when there is none."""
        indexes = _INDEX.findall(self.path)
        return int(indexes[-1]) if indexes else 0

    @property
    def result(self) -> Result:
        """The same as an expression knows it, a large output by its name."""
        return Result(output=self.output, error=self.error, state=self.state, blob=self.blob)


def outcomes(job: UUID, *, index: int = 0, numbers: Collection[int] | None = None) -> tuple[StepOutcome, ...]:
    """What the steps of a job came to, in document order; of ``numbers`` only when they are given.

    Of what ran for several items number ``index`` and the first one. For a job that was asked for at its door, inside a
    tenant's transaction.
    """
    items = rf"^([^\[\]]*\[0\])*[^\[\]]*\[(0|{int(index)})\][^\[\]]*$"
    with connection.cursor() as cursor:
        cursor.execute(
            _OUTCOMES,
            {
                "job": job,
                "numbers": None if numbers is None else list(numbers),
                "items": items,
                "limit": 2 * MOST_STEPS,
                "most": MOST_BYTES,
            },
        )
        return tuple(_outcome(row) for row in cursor.fetchall())


def large_value(blob: str) -> tuple[Any, bool]:
    """A value of the blob store, and whether it is there and small enough to be read."""
    try:
        data = FsspecBlobs(settings.TROPEIRO.blobs).read_at_most(blob, LARGEST_BLOB)
    except NotFound:
        return None, False
    return (None, False) if data is None else (msgspec.json.decode(data), True)


def _outcome(row: tuple[Any, ...]) -> StepOutcome:
    n, path, state, started, finished, attempt, reused, blob, error, fits, input_, output = row
    return StepOutcome(
        n=n,
        path=path,
        state=StepState(state),
        started_at=started,
        finished_at=finished,
        attempt=attempt,
        reused=reused,
        input=_json(input_) if fits else None,
        output=_json(output) if fits else None,
        blob=blob,
        left_out=not fits,
        error=None if error is None else msgspec.json.decode(error, type=ErrorInfo),
    )


def _json(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
