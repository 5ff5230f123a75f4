"""Rows in PostgreSQL's binary format, as arrays that are one parameter.

The server reads them for a fraction of what JSON costs it, which it would parse three times. A row is the number of its
columns, and for each its type, its length and its bytes (``record_recv`` in PostgreSQL). Columns of fixed length stand
first, so that one call packs them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from uuid import UUID

_BOOL, _INT8, _INT4, _TEXT, _JSON, _UUID, _UUIDS = 16, 20, 23, 25, 114, 2950, 2951
"""Numbers of built-in types, the same in every database."""
_ARRAY, _LENGTH = Struct("!iiIii"), Struct("!i")
_head = Struct("!Ii").pack
_NO_TEXT, _NO_JSON, _NO_UUID, _NO_UUIDS = (_head(number, -1) for number in (_TEXT, _JSON, _UUID, _UUIDS))
_SEND = Struct("!i Ii16s Iiq Iii Iii Iiq Ii? Ii?")
_RECORD = Struct("!i Ii16s Ii16s Ii16s Iii Iii Iii")
_TIMES = Struct("!Iiq Iiq")
_REUSED = Struct("!Ii?")


def send_row(
    packet: UUID, token: int, *, attempt: int, turn: int, delay_ms: int, joined: bool, limited: bool, path: str,
    uses: str, limits: Sequence[UUID] | None, body: bytes,
) -> bytes:  # fmt: skip
    """A ``tropeiro_send``; ``turn`` is the round of the loop."""
    fixed = _SEND.pack(
        11, _UUID, 16, packet.bytes, _INT8, 8, token, _INT4, 4, attempt, _INT4, 4, turn, _INT8, 8, delay_ms,
        _BOOL, 1, joined, _BOOL, 1, limited,
    )  # fmt: skip
    where, called = path.encode(), uses.encode()
    listed = _NO_UUIDS if limits is None else _field(_UUIDS, uuids(limits))
    return b"".join(
        (
            fixed,
            _head(_TEXT, len(where)),
            where,
            _head(_TEXT, len(called)),
            called,
            listed,
            _head(_JSON, len(body)),
            body,
        )
    )


def record_row(
    packet: UUID, job: UUID, organization: UUID, *, turn: int, attempt: int, n: int, reused: bool, path: str,
    state: str, uses: str, billed: UUID | None, given: bytes | None, output: bytes | None, output_blob: str | None,
    error: bytes | None,
) -> tuple[bytes, bytes]:  # fmt: skip
    """A ``tropeiro_step_record`` without its times, which belong between the two parts."""
    fixed = _RECORD.pack(
        17, _UUID, 16, packet.bytes, _UUID, 16, job.bytes, _UUID, 16, organization.bytes, _INT4, 4, turn,
        _INT4, 4, attempt, _INT4, 4, n,
    )  # fmt: skip
    where, came_to, called = path.encode(), state.encode(), uses.encode()
    # Written out: this is done at every step, and calls of functions were most of it.
    rest = (
        _REUSED.pack(_BOOL, 1, reused), _head(_TEXT, len(where)), where, _head(_TEXT, len(came_to)), came_to,
        _head(_TEXT, len(called)), called, _NO_UUID if billed is None else _head(_UUID, 16) + billed.bytes,
        _NO_JSON if given is None else _head(_JSON, len(given)) + given,
        _NO_JSON if output is None else _head(_JSON, len(output)) + output,
        _NO_TEXT if output_blob is None else _field(_TEXT, output_blob.encode()),
        _NO_JSON if error is None else _field(_JSON, error),
    )  # fmt: skip
    return fixed, b"".join(rest)


def times(started_us: int, finished_us: int) -> bytes:
    """The two columns of a step's record that are known last: how long ago it began and ended, in microseconds."""
    return _TIMES.pack(_INT8, 8, started_us, _INT8, 8, finished_us)


def array(type_number: int, rows: Sequence[bytes]) -> bytes:
    """An array of rows of one type."""
    parts = [_ARRAY.pack(1, 0, type_number, len(rows), 1)]
    for row in rows:
        parts += (_LENGTH.pack(len(row)), row)
    return b"".join(parts)


def uuids(values: Sequence[UUID]) -> bytes:
    """An array of UUIDs."""
    return array(_UUID, [value.bytes for value in values])


def _field(type_number: int, data: bytes) -> bytes:
    return _head(type_number, len(data)) + data
