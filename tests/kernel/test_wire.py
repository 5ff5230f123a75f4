"""Packets as text: what is written is what is read, and what is large stays behind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from driver import run
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scripted import script
from short_documents import call, group, parallel, split
from short_packets import JOB, ORGANIZATION, PROJECT

from tropeiro.kernel.errors import NotCarriable, PacketTooLarge
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail
from tropeiro.kernel.packet import GroupState, Packet, Result, Scope
from tropeiro.kernel.route import make_route
from tropeiro.kernel.states import StepState
from tropeiro.kernel.wire import (
    BLOB_BYTES,
    MAX_PACKET_BYTES,
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
    pack_value,
    read_answer,
    read_arrived,
    read_body,
    read_scope,
    results_from,
    scope_from,
    week_of,
)

JSON = Any

LARGE = "x" * BLOB_BYTES
ROUTE = make_route([call("a")])

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
errors = st.builds(ErrorInfo, code=texts, message=texts, retryable=st.booleans(), path=texts, details=values)
groups = st.dictionaries(
    st.integers(0, 1000), st.builds(GroupState, st.integers(0, 99), st.none() | st.integers(0, 2**50)), max_size=3
)
results = st.dictionaries(
    texts, st.builds(Result, output=values, error=st.none() | errors, state=st.sampled_from(StepState)), max_size=3
)


def bare(**fields: Any) -> Packet:
    given_fields = {"scope": Scope(), "step": 0, **fields}
    return Packet(id=JOB, job=JOB, organization=ORGANIZATION, project=PROJECT, route=ROUTE, **given_fields)


def decoded(packed: Packed) -> dict[str, JSON]:
    return {name: msgspec.json.decode(text) for name, text in packed.blobs.items()}


def through_body(packet: Packet, blobs: dict[str, JSON] | None = None) -> Packet:
    """The packet after it was stored and read again."""
    packed = pack_body(PacketBody.of(packet), ORGANIZATION, JOB)
    return fill_packet(bare(scope=packet.scope), read_body(packed.text), {**(blobs or {}), **decoded(packed)})


def through_scope(scope: Scope) -> Scope:
    packed = pack_scope(ScopeBody.of(scope), ORGANIZATION, JOB)
    return scope_from(read_scope(packed.text), decoded(packed))


# There and back


@given(
    st.builds(
        bare, step=st.integers(0, 1000), entered=st.booleans(), outputs=results, failures=st.integers(0, 100),
        item=values, index=st.none() | st.integers(0, 100_000), memo=results, groups=groups,
    )
)  # fmt: skip
def test_a_packet_comes_back_as_it_was(packet: Packet) -> None:
    assert through_body(packet) == packet


@given(
    st.builds(
        Scope, inputs=values, outputs=results, prefix=texts, round=st.integers(0, 2**31), item=values,
        index=st.none() | st.integers(0, 100_000), memo=results, mock=st.booleans(),
    )
)  # fmt: skip
def test_a_scope_comes_back_as_it_was(scope: Scope) -> None:
    assert through_scope(scope) == scope


@given(st.lists(st.builds(BranchResult, index=st.integers(0, 9), output=values, error=st.none() | errors), max_size=4))
def test_what_branches_brought_comes_back_as_it_was(brought: list[BranchResult]) -> None:
    texts = [pack_arrived(result, ORGANIZATION, JOB).text for result in brought]
    assert results_from(read_arrived(b"[" + b",".join(texts) + b"]"), {}) == tuple(brought)


@given(st.one_of(st.builds(Done, values), st.builds(Fail, errors)))
def test_an_answer_comes_back_as_it_was(outcome: Done | Fail) -> None:
    assert outcome_from(read_answer(pack_answer(outcome, ORGANIZATION, JOB).text), {}) == outcome


@pytest.mark.parametrize("text", ["\0", "a\0b", "\\\0"])
@pytest.mark.parametrize("place", [lambda text: [{"k": text}], lambda text: {text: 1}])
def test_a_text_with_the_character_that_postgresql_does_not_have_is_refused(text: str, place: Any) -> None:
    value = place(text)
    with pytest.raises(NotCarriable, match=r"U\+0000"):
        pack_body(PacketBody.of(bare(item=value)), ORGANIZATION, JOB)
    with pytest.raises(NotCarriable):
        pack_scope(ScopeBody.of(Scope(inputs=value)), ORGANIZATION, JOB)
    with pytest.raises(NotCarriable):
        pack_arrived(BranchResult(index=0, output=value), ORGANIZATION, JOB)
    with pytest.raises(NotCarriable):
        pack_answer(Done(value), ORGANIZATION, JOB)


def test_a_text_that_only_spells_that_character_is_carried() -> None:
    packet = bare(item=["\\u0000", "\\\\u0000", "\\\\"])
    assert through_body(packet) == packet


def test_a_packet_with_nothing_to_say_is_short() -> None:
    assert pack_body(PacketBody.of(bare()), ORGANIZATION, JOB).text == b'{"step":0}'
    assert pack_scope(ScopeBody.of(Scope()), ORGANIZATION, JOB).text == b"{}"


# Claim checks


def test_a_value_up_to_the_limit_travels_and_one_byte_more_stays_behind() -> None:
    fits = "x" * (BLOB_BYTES - 2)
    assert pack_value(fits, ORGANIZATION, JOB)[1] == ""
    assert pack_value(fits + "x", ORGANIZATION, JOB)[1] != ""


def test_the_name_of_a_blob_tells_week_owner_and_content() -> None:
    job = UUID("019a2b3c-0000-7000-8000-000000000000")
    text, name = pack_value(LARGE, ORGANIZATION, job)
    week, owner, digest = name.split("/")
    assert (week, owner, len(digest)) == (week_of(job), str(ORGANIZATION), 64)
    assert pack_value(LARGE, ORGANIZATION, job) == (text, name)
    assert pack_value(LARGE, PROJECT, job)[1] != name


def test_a_week_begins_on_monday() -> None:
    monday = 1_777_852_800_000  # 2026-05-04T00:00:00Z
    day = 86_400_000
    weeks = [week_of(UUID(int=(monday + offset) << 80)) for offset in (-1, 0, 7 * day - 1, 7 * day)]
    assert weeks == ["20260427", "20260504", "20260504", "20260511"]


LARGE_PLACES = [
    {"item": LARGE, "index": 0},
    {"outputs": {"a": Result(output=LARGE), "b": Result(output=1)}},
    {"outputs": {"a": Result(output=LARGE, error=ErrorInfo(code="c", message="m"), state=StepState.FAILED)}},
    {"memo": {"f[0].a": Result(output=[LARGE])}},
]


@pytest.mark.parametrize("fields", LARGE_PLACES)
def test_a_large_value_of_a_packet_stays_behind_and_comes_back(fields: dict[str, Any]) -> None:
    packet = bare(**fields)
    packed = pack_body(PacketBody.of(packet), ORGANIZATION, JOB)
    assert len(packed.text) < 1000
    assert set(packed.blobs) == blobs_named(read_body(packed.text), read_scope(b"{}"), None, [])
    back = through_body(packet)
    assert (back.item, {n: r.output for n, r in back.outputs.items()}) == (
        packet.item, {n: r.output for n, r in packet.outputs.items()},
    )  # fmt: skip
    assert {n: r.output for n, r in back.memo.items()} == {n: r.output for n, r in packet.memo.items()}


@pytest.mark.parametrize("fields", LARGE_PLACES[1:])
def test_a_large_value_that_came_back_stays_behind_without_being_stored_again(fields: dict[str, Any]) -> None:
    once = through_body(bare(**fields))
    again = pack_body(PacketBody.of(once), ORGANIZATION, JOB)
    assert len(again.text) < 1000
    assert again.blobs == {}
    first = decoded(pack_body(PacketBody.of(bare(**fields)), ORGANIZATION, JOB))
    assert through_body(once, first) == once


@pytest.mark.parametrize(
    "scope",
    [
        Scope(inputs={"rows": LARGE}), Scope(item=LARGE, index=1), Scope(outputs={"a": Result(output=LARGE)}),
        Scope(memo={"a": Result(output=LARGE)}),
    ],
)  # fmt: skip
def test_a_large_value_of_a_scope_stays_behind_and_comes_back(scope: Scope) -> None:
    packed = pack_scope(ScopeBody.of(scope), ORGANIZATION, JOB)
    assert len(packed.text) < 1000
    assert set(packed.blobs) == blobs_named(read_body(b'{"step":0}'), read_scope(packed.text), None, [])
    back = through_scope(scope)
    assert (back.inputs, back.item) == (scope.inputs, scope.item)
    assert [r.output for r in back.outputs.values()] == [r.output for r in scope.outputs.values()]
    assert len(pack_scope(ScopeBody.of(replace(back, inputs=None, item=None)), ORGANIZATION, JOB).text) < 1000


def test_a_large_answer_and_a_large_arrival_stay_behind_and_come_back() -> None:
    answer = pack_answer(Done(LARGE), ORGANIZATION, JOB)
    assert len(answer.text) < 1000
    assert outcome_from(read_answer(answer.text), decoded(answer)) == Done(LARGE)
    arrived = pack_arrived(BranchResult(index=3, output=LARGE), ORGANIZATION, JOB)
    assert len(arrived.text) < 1000
    found = read_arrived(b"[" + arrived.text + b"]")
    assert results_from(found, decoded(arrived)) == (BranchResult(index=3, output=LARGE),)
    named = blobs_named(read_body(b'{"step":0}'), read_scope(b"{}"), read_answer(answer.text), found)
    assert named == set(answer.blobs) | set(arrived.blobs)


def test_noted_names_are_those_under_which_the_values_are_stored() -> None:
    packet = bare(outputs={"a": Result(output=LARGE), "b": Result(output=1)})
    packed = pack_body(PacketBody.of(packet), ORGANIZATION, JOB)
    noted = keep_blobs(packet)
    assert {noted.outputs["a"].blob} == set(packed.blobs)
    assert noted.outputs["b"].blob == ""
    assert read_body(pack_body(PacketBody.of(noted), ORGANIZATION, JOB).text) == read_body(packed.text)


@pytest.mark.parametrize(
    "steps",
    [
        [call("big"), call("a"), call("end", "big")],
        [call("big"), group("g", call("a"), call("b", "big"), retry={"attempts": 2}), call("end", "big")],
        [call("big"), split("f", call("a"), call("b", "big")), call("end", "big", "f")],
        [call("big"), parallel("p", l=[call("a"), call("b", "big")]), call("end", "big", "p")],
    ],
)
def test_a_job_with_a_large_value_gives_what_one_with_a_small_value_gives(steps: JSON) -> None:
    small, large = (run(steps, script(big=value)) for value in ("s", LARGE))
    assert str(large.output).replace(LARGE, "s") == str(small.output)


# The limit


def test_a_packet_that_is_too_large_without_its_large_values_is_refused() -> None:
    outputs = {f"s{i}": Result(output="x" * 100_000) for i in range(11)}
    with pytest.raises(PacketTooLarge, match="1,048,576") as caught:
        pack_body(PacketBody.of(bare(outputs=outputs)), ORGANIZATION, JOB)
    assert "Name fewer earlier outputs" in caught.value.hint
    with pytest.raises(PacketTooLarge):
        pack_scope(ScopeBody.of(Scope(outputs=outputs)), ORGANIZATION, JOB)


def test_large_values_do_not_count_for_the_limit() -> None:
    outputs = {f"s{i}": Result(output=LARGE) for i in range(40)}
    assert len(pack_body(PacketBody.of(bare(outputs=outputs)), ORGANIZATION, JOB).text) < MAX_PACKET_BYTES


def test_what_may_be_reused_does_not_count_for_the_limit() -> None:
    memo = {f"f[{i}].a": Result(output="x" * 1000) for i in range(2000)}
    assert through_body(bare(memo=memo)).memo == memo
    assert through_scope(Scope(memo=memo)).memo == memo
