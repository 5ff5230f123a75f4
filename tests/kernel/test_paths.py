"""Where a step is, as text; and which round it is in."""

from __future__ import annotations

from typing import Any

import pytest
from short_documents import call, choice, group, parallel, split, step_of
from short_packets import JOB, ORGANIZATION

from tropeiro.kernel.packet import GroupState, Packet, Scope
from tropeiro.kernel.paths import base_path, round_of, step_path
from tropeiro.kernel.route import make_route

JSON = Any


def packet_of(document: JSON, step_id: str, *, prefix: str = "", branch: int = 0, **fields: Any) -> Packet:
    """A packet at the step with this id; one of a split when it has a prefix."""
    route = make_route(document)
    return Packet(
        id=JOB, job=JOB, organization=ORGANIZATION, project=None, route=route, step=step_of(route.workflow, step_id).n,
        scope=Scope(prefix=prefix), join=JOB if prefix else None, branch=branch, **fields,
    )  # fmt: skip


def path_of(document: JSON, step_id: str, **fields: Any) -> str:
    packet = packet_of(document, step_id, **fields)
    return step_path(packet, packet.route.workflow.steps[packet.step])


def test_a_step_of_the_job_is_told_by_its_id() -> None:
    assert path_of([call("a"), call("b")], "b") == "b"


def test_what_a_step_stands_in_is_told_before_it() -> None:
    assert path_of([group("g", choice("c", ("{{ true }}", [call("a")])))], "a") == "g.c.a"
    assert path_of([choice("c", ("{{ true }}", [call("a")]), **{"else": [call("b")]})], "b") == "c.b"


def test_a_step_of_a_handler_is_told_below_the_step_that_failed() -> None:
    assert path_of([call("a", on_error=[call("h")])], "h") == "a.h"


def test_a_step_of_an_item_is_told_with_the_items_index() -> None:
    steps = [split("records", call("fetch"), group("g", call("deep")))]
    assert path_of(steps, "fetch", prefix="records", branch=3) == "records[3].fetch"
    assert path_of(steps, "deep", prefix="records", branch=3) == "records[3].g.deep"


def test_the_call_for_an_item_is_told_by_the_item() -> None:
    packet = packet_of([call("a", foreach=[1, 2])], "a", prefix="a", branch=1)
    inner = packet.route.workflow.steps[1]
    assert inner.inner
    packet = packet_of([call("a", foreach=[1, 2])], "a", prefix="a", branch=1)
    placed = Packet(
        id=JOB, job=JOB, organization=ORGANIZATION, project=None, route=packet.route, step=1, scope=packet.scope,
        join=JOB, branch=1,
    )  # fmt: skip
    assert step_path(placed, inner) == "a[1]"


def test_a_step_of_a_branch_is_told_with_the_branchs_name() -> None:
    steps = [parallel("both", left=[call("check")], right=[group("g", call("deep"))])]
    assert path_of(steps, "check", prefix="both") == "both.left.check"
    assert path_of(steps, "deep", prefix="both", branch=1) == "both.right.g.deep"


def test_a_path_goes_through_any_number_of_splits() -> None:
    steps = [split("f", parallel("p", l=[split("g", call("a"))]))]
    assert path_of(steps, "a", prefix="f[2].p.l.g", branch=7) == "f[2].p.l.g[7].a"


def test_the_base_is_empty_for_the_jobs_own_packet() -> None:
    assert base_path(packet_of([group("g", call("a"))], "a")) == ""


# Rounds


def tried(attempts: int) -> JSON:
    return {"retry": {"attempts": attempts}}


def test_the_first_round_is_zero() -> None:
    packet = packet_of([group("g", call("a"), **tried(3))], "a", groups={0: GroupState()})
    assert round_of(packet, packet.route.workflow.steps[1]) == 0


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_the_round_counts_the_failures_of_the_group_around_the_step(failures: int) -> None:
    packet = packet_of([group("g", call("a"), **tried(3))], "a", groups={0: GroupState(failures)})
    outer, inner = packet.route.workflow.steps
    assert round_of(packet, inner) == failures
    assert round_of(packet, outer) == 0
    assert round_of(packet, outer, inside=True) == failures


def test_every_pair_of_failures_of_nested_groups_has_its_own_round() -> None:
    document = [group("g", group("h", call("a"), **tried(3)), **tried(4))]
    found = []
    for outer in range(4):
        for inner in range(3):
            packet = packet_of(document, "a", groups={0: GroupState(outer), 1: GroupState(inner)})
            found.append(round_of(packet, packet.route.workflow.steps[2]))
    assert found == list(range(12))


def test_a_group_that_is_remembered_for_its_time_only_does_not_count() -> None:
    document = [group("g", group("h", call("a"), timeout="1m"), **tried(4))]
    packet = packet_of(document, "a", groups={0: GroupState(2), 1: GroupState(0, 5)})
    assert round_of(packet, packet.route.workflow.steps[2]) == 2
