"""Packets on a shelf: stored as ``kernel.wire`` writes them, with a blob store beside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace
from short_packets import JOB, ORGANIZATION

from tropeiro.kernel.outcome import BranchResult, Done, Fail, Outcome
from tropeiro.kernel.packet import Packet, Scope
from tropeiro.kernel.wire import (
    Packed,
    PacketBody,
    ScopeBody,
    blobs_named,
    fill_packet,
    keep_blobs,
    outcome_from,
    pack_answer,
    pack_arrived,
    pack_body,
    pack_scope,
    read_answer,
    read_arrived,
    read_body,
    read_scope,
    results_from,
    scope_from,
)


class Shelf:
    """Writes and reads the parts of packets."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def write_body(self, packet: Packet) -> bytes:
        packed = pack_body(PacketBody.of(packet), ORGANIZATION, JOB)
        if packed.blobs:
            # What goes on in a worker's memory has the names noted, and is written like this the next time.
            again = pack_body(PacketBody.of(keep_blobs(packet)), ORGANIZATION, JOB)
            assert read_body(again.text) == read_body(packed.text)
        return self._keep(packed)

    def write_scope(self, scope: Scope) -> bytes:
        return self._keep(pack_scope(ScopeBody.of(scope), ORGANIZATION, JOB))

    def write_answer(self, outcome: Outcome) -> bytes:
        assert isinstance(outcome, (Done, Fail))
        return self._keep(pack_answer(outcome, ORGANIZATION, JOB))

    def write_arrived(self, result: BranchResult) -> bytes:
        return self._keep(pack_arrived(result, ORGANIZATION, JOB))

    def read_packet(self, fixed: Packet, body_text: bytes, scope_text: bytes, attempt: int) -> Packet:
        """``fixed`` is what never changes of the packet; everything else comes from the texts."""
        body, scope = read_body(body_text), read_scope(scope_text)
        values = self._values(blobs_named(body, scope, None, []))
        return fill_packet(replace(fixed, scope=scope_from(scope, values), attempt=attempt), body, values)

    def read_answer(self, text: bytes) -> Outcome:
        answer = read_answer(text)
        return outcome_from(answer, self._values({answer.blob} - {""}))

    def read_arrived(self, texts: list[bytes]) -> tuple[BranchResult, ...]:
        arrived = read_arrived(b"[" + b",".join(texts) + b"]")
        return results_from(arrived, self._values({one.blob for one in arrived} - {""}))

    def _keep(self, packed: Packed) -> bytes:
        self.blobs |= packed.blobs
        return packed.text

    def _values(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: msgspec.json.decode(self.blobs[name]) for name in names}
