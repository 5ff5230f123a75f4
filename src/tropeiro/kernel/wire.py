"""The packet as JSON text: what the queue stores, and which values it leaves in the blob store (*claim check*).

A packet is stored in two parts. Its *scope* is written once, when it is sent off (or once for all branches of a split);
its *body* changes with every step. Values whose JSON is larger than ``BLOB_BYTES`` are kept under a name made from
their content, ``<week>/<organization>/<sha256>``, so that storing one twice is storing it once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tropeiro.kernel.errors import NotCarriable, PacketTooLarge
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail
from tropeiro.kernel.packet import GroupState, Packet, Result, Scope
from tropeiro.kernel.wording import grouped, says

BLOB_BYTES = 128 * 1024
MAX_PACKET_BYTES = 1024 * 1024

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_to_json = msgspec.json.Encoder().encode


class PacketBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changes from step to step."""

    step: int
    entered: bool = False
    outputs: dict[str, Result] = {}
    groups: dict[int, GroupState] = {}
    failures: int = 0
    item: Any = None
    item_blob: str = ""
    index: int | None = None
    memo: dict[str, Result] = {}

    @classmethod
    def of(cls, packet: Packet) -> PacketBody:
        """The body of a packet."""
        return cls(
            packet.step, packet.entered, packet.outputs, packet.groups, packet.failures, packet.item, "", packet.index,
            packet.memo,
        )  # fmt: skip


class ScopeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a packet inherited."""

    inputs: Any = None
    inputs_blob: str = ""
    outputs: dict[str, Result] = {}
    prefix: str = ""
    round: int = 0
    item: Any = None
    item_blob: str = ""
    index: int | None = None
    memo: dict[str, Result] = {}
    mock: bool = False

    @classmethod
    def of(cls, scope: Scope) -> ScopeBody:
        """The body of a scope."""
        return cls(
            scope.inputs, "", scope.outputs, scope.prefix, scope.round, scope.item, "", scope.index, scope.memo,
            scope.mock,
        )  # fmt: skip


class Arrived(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a branch brought, as stored."""

    index: int
    output: Any = None
    blob: str = ""
    error: ErrorInfo | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outcome that waits for its packet to be taken, as stored. ``type`` is done or fail."""

    type: str
    output: Any = None
    blob: str = ""
    error: ErrorInfo | None = None


class Packed(msgspec.Struct, frozen=True):
    """A text to store, and the blobs that must be stored before it."""

    text: bytes
    blobs: dict[str, bytes] = {}


_body_decoder = msgspec.json.Decoder(PacketBody)
_scope_decoder = msgspec.json.Decoder(ScopeBody)
_answer_decoder = msgspec.json.Decoder(Answer)
_arrived_decoder = msgspec.json.Decoder(list[Arrived])


# Out


def encode(value: Any) -> bytes:
    """JSON that PostgreSQL can take apart: its texts have no U+0000, so neither have ours. Raises `NotCarriable`."""
    try:
        text = _to_json(value)
    except UnicodeEncodeError:
        raise NotCarriable(
            says("The data has a text with half a surrogate pair, which is no character."),
            hint=says("Take it out, or carry the bytes as base64."),
        ) from None
    except RecursionError:
        raise NotCarriable(says("The data is nested too deeply."), hint=says("Carry it as text.")) from None
    if b"\\u0000" in text and _NUL.search(text):
        raise NotCarriable(
            says("The data has a text with the character U+0000, which cannot be stored."),
            hint=says("Take it out, or carry the bytes as base64."),
        )
    return text


def week_of(job: UUID) -> str:
    """The Monday (UTC) of the week in which the job was born, ``YYYYMMDD``: blobs are forgotten by week, like rows."""
    born = datetime.fromtimestamp((job.int >> 80) / 1000, UTC)
    return (born - timedelta(days=born.weekday())).strftime("%Y%m%d")


def pack_value(value: Any, organization: UUID, job: UUID) -> tuple[bytes, str]:
    """The JSON of a value, and its blob name when it is too large to travel (``""`` when it is not)."""
    text = encode(value)
    if len(text) <= BLOB_BYTES:
        return text, ""
    return text, f"{week_of(job)}/{organization}/{sha256(text).hexdigest()}"


def pack_body(body: PacketBody, organization: UUID, job: UUID) -> Packed:
    """A packet's body as text. A memo may be long; the limit is for the rest. Raises `PacketTooLarge`."""
    lean = body
    if body.outputs or body.memo:
        lean = replace(body, outputs=_without_kept(body.outputs), memo=_without_kept(body.memo))
    text = encode(lean)
    if len(text) <= BLOB_BYTES:
        return Packed(text)
    blobs: dict[str, bytes] = {}
    item, item_blob = _claim(body.item, organization, job, blobs)
    lean = replace(
        lean, item=item, item_blob=item_blob, outputs=_claim_results(lean.outputs, organization, job, blobs),
        memo=_claim_results(lean.memo, organization, job, blobs),
    )  # fmt: skip
    _within_limit(encode(replace(lean, memo={})))
    return Packed(encode(lean), blobs)


def pack_scope(scope: ScopeBody, organization: UUID, job: UUID) -> Packed:
    """A scope as text. A memo may be long; the limit is for the rest. Raises `PacketTooLarge`."""
    lean = replace(scope, outputs=_without_kept(scope.outputs), memo=_without_kept(scope.memo))
    text = encode(lean)
    if len(text) <= BLOB_BYTES:
        return Packed(text)
    blobs: dict[str, bytes] = {}
    inputs, inputs_blob = _claim(scope.inputs, organization, job, blobs)
    item, item_blob = _claim(scope.item, organization, job, blobs)
    lean = replace(
        lean, inputs=inputs, inputs_blob=inputs_blob, item=item, item_blob=item_blob,
        outputs=_claim_results(lean.outputs, organization, job, blobs),
        memo=_claim_results(lean.memo, organization, job, blobs),
    )  # fmt: skip
    _within_limit(encode(replace(lean, memo={})))
    return Packed(encode(lean), blobs)


def pack_arrived(result: BranchResult, organization: UUID, job: UUID) -> Packed:
    """What a branch brings, as text."""
    blobs: dict[str, bytes] = {}
    output, blob = _claim(result.output, organization, job, blobs)
    return Packed(encode(Arrived(result.index, output, blob, result.error)), blobs)


def pack_answer(outcome: Done | Fail, organization: UUID, job: UUID) -> Packed:
    """An outcome that will wait for its packet, as text."""
    if isinstance(outcome, Fail):
        return Packed(encode(Answer("fail", error=outcome.error)))
    blobs: dict[str, bytes] = {}
    output, blob = _claim(outcome.output, organization, job, blobs)
    return Packed(encode(Answer("done", output, blob)), blobs)


def keep_blobs(packet: Packet) -> Packet:
    """The packet with the blob names of its large results noted, so that they are encoded once and not at each step."""
    outputs = dict(packet.outputs)
    for name, result in packet.outputs.items():
        if not result.blob:
            _, blob = pack_value(result.output, packet.organization, packet.job)
            outputs[name] = replace(result, blob=blob)
    return replace(packet, outputs=outputs)


def _without_kept(results: dict[str, Result]) -> dict[str, Result]:
    for result in results.values():
        if result.blob:
            return {name: replace(r, output=None) if r.blob else r for name, r in results.items()}
    return results


def _claim(value: Any, organization: UUID, job: UUID, blobs: dict[str, bytes]) -> tuple[Any, str]:
    text, name = pack_value(value, organization, job)
    if not name:
        return msgspec.Raw(text), ""
    blobs[name] = text
    return None, name


def _claim_results(
    results: dict[str, Result], organization: UUID, job: UUID, blobs: dict[str, bytes]
) -> dict[str, Result]:
    claimed = {}
    for key, result in results.items():
        if result.blob:
            claimed[key] = result
            continue
        output, name = _claim(result.output, organization, job, blobs)
        claimed[key] = replace(result, output=output, blob=name)
    return claimed


def _within_limit(text: bytes) -> bytes:
    if len(text) > MAX_PACKET_BYTES:
        raise PacketTooLarge(
            says(
                "The packet takes {count} bytes without its large values; a queue carries {most}.",
                count=grouped(len(text)),
                most=grouped(MAX_PACKET_BYTES),
            ),
            hint=says(
                "Name fewer earlier outputs in later steps, or let a step keep the data and return a reference to it."
            ),
        )
    return text


# In


def read_body(text: bytes | str) -> PacketBody:
    """A stored body."""
    return _body_decoder.decode(text)


def read_scope(text: bytes | str) -> ScopeBody:
    """A stored scope."""
    return _scope_decoder.decode(text)


def read_answer(text: bytes | str) -> Answer:
    """A stored answer."""
    return _answer_decoder.decode(text)


def read_arrived(text: bytes | str) -> list[Arrived]:
    """What the branches of a join brought."""
    return _arrived_decoder.decode(text)


def blobs_named(body: PacketBody, scope: ScopeBody, answer: Answer | None, arrived: list[Arrived]) -> set[str]:
    """The blobs that a packet needs before it can go on."""
    names = {body.item_blob, scope.inputs_blob, scope.item_blob}
    names.update(result.blob for result in body.outputs.values())
    names.update(result.blob for result in scope.outputs.values())
    names.update(result.blob for result in body.memo.values())
    names.update(result.blob for result in scope.memo.values())
    names.update(one.blob for one in arrived)
    if answer is not None:
        names.add(answer.blob)
    names.discard("")
    return names


def scope_from(scope: ScopeBody, blobs: dict[str, Any]) -> Scope:
    """The scope, its large values put back from ``blobs`` (by name)."""
    return Scope(
        inputs=blobs[scope.inputs_blob] if scope.inputs_blob else scope.inputs,
        outputs=_with_blobs(scope.outputs, blobs), prefix=scope.prefix, round=scope.round,
        item=blobs[scope.item_blob] if scope.item_blob else scope.item,
        index=scope.index, memo=_with_blobs(scope.memo, blobs), mock=scope.mock,
    )  # fmt: skip


def fill_packet(packet: Packet, body: PacketBody, blobs: dict[str, Any]) -> Packet:
    """``packet`` with what ``body`` says, its large values put back."""
    return replace(
        packet, step=body.step, entered=body.entered, outputs=_with_blobs(body.outputs, blobs), groups=body.groups,
        failures=body.failures, item=blobs[body.item_blob] if body.item_blob else body.item, index=body.index,
        memo=_with_blobs(body.memo, blobs),
    )  # fmt: skip


def outcome_from(answer: Answer, blobs: dict[str, Any]) -> Done | Fail:
    """The outcome that a stored answer is."""
    if answer.type == "fail":
        return Fail(answer.error or ErrorInfo(code="unknown", message="No reason was given."))
    return Done(blobs[answer.blob] if answer.blob else answer.output)


def results_from(arrived: list[Arrived], blobs: dict[str, Any]) -> tuple[BranchResult, ...]:
    """What the branches brought, their large values put back."""
    return tuple(BranchResult(a.index, blobs[a.blob] if a.blob else a.output, a.error) for a in arrived)


def _with_blobs(results: dict[str, Result], blobs: dict[str, Any]) -> dict[str, Result]:
    if not any(result.blob for result in results.values()):
        return results
    return {name: replace(r, output=blobs[r.blob]) if r.blob else r for name, r in results.items()}
