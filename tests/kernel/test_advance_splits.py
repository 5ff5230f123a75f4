"""One packet for each item or branch, and how they come together again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from driver import Driver, run
from scripted import After, Asked, failing, script
from short_documents import call, group, parallel, split

from tropeiro.kernel.outcome import Done, Fail, Outcome
from tropeiro.kernel.states import JobState, StepState

JSON = Any

SEEDS = range(12)


def joined(step_id: str, join: str, **branches: JSON) -> JSON:
    return {**parallel(step_id, **branches), "join": join}


# foreach


@pytest.mark.parametrize("seed", SEEDS)
def test_a_foreach_collects_in_item_order_whatever_order_items_end_in(seed: int) -> None:
    steps = [split("f", call("a", **{"with": {"v": "{{ item * 10 }}", "i": "{{ index }}"}}), over=[5, 6, 7])]
    ended = run(steps, seed=seed)
    assert ended.output == [{"v": 50, "i": 0}, {"v": 60, "i": 1}, {"v": 70, "i": 2}]


def test_a_call_with_foreach_is_made_once_for_each_item() -> None:
    ended = run([call("a", foreach="{{ inputs.rows }}", **{"with": {"v": "{{ item }}"}})], inputs={"rows": ["x", "y"]})
    assert ended.output == [{"v": "x"}, {"v": "y"}]
    assert sorted(ended.calls()) == ["a[0]", "a[1]"]
    assert ended.states() == {"a[0]": "succeeded", "a[1]": "succeeded", "a": "succeeded"}


@pytest.mark.parametrize("step", [call("f", foreach=[]), split("f", call("a"), over=[])])
def test_a_foreach_over_nothing_gives_an_empty_list(step: JSON) -> None:
    ended = run([step, call("b", "f")])
    assert ended.output == {"f": []}
    assert ended.calls() == ["b"]


def test_items_may_be_computed_one_by_one() -> None:
    assert run([call("f", foreach=["{{ inputs.n }}", 2], **{"with": {"v": "{{ item }}"}})], inputs={"n": 1}).output == [
        {"v": 1},
        {"v": 2},
    ]


def test_a_skipped_item_gives_null() -> None:
    steps = [split("f", call("a", **{"if": "{{ item != 2 }}", "with": {"v": "{{ item }}"}}), over=[1, 2, 3])]
    ended = run(steps)
    assert ended.output == [{"v": 1}, None, {"v": 3}]
    assert ended.states()["f[1].a"] is StepState.SKIPPED


def test_an_item_that_is_null_is_an_item() -> None:
    assert run([call("f", foreach=[None], **{"with": {"v": "{{ item }}"}})]).output == [{"v": None}]


def test_steps_inside_see_what_came_before_the_split_and_their_own() -> None:
    steps = [call("before"), split("f", call("a"), call("b", "before", "a"), over=[1])]
    assert run(steps, script(before=1, **{"f[0].a": 2})).output == [{"before": 1, "a": 2}]


def test_the_index_tells_which_item_it_is_at_any_depth_of_groups() -> None:
    steps = [split("f", group("g", call("a", **{"with": {"i": "{{ index }}"}})), over=[7, 8])]
    assert run(steps).output == [{"i": 0}, {"i": 1}]


def test_a_branch_inside_an_item_still_knows_its_item() -> None:
    inner = call("a", **{"with": {"v": "{{ item }}", "i": "{{ index }}"}})
    steps = [split("f", parallel("p", l=[parallel("q", m=[inner])]), over=[7, 8])]
    assert run(steps).output == [{"l": {"m": {"v": 7, "i": 0}}}, {"l": {"m": {"v": 8, "i": 1}}}]


def test_an_inner_foreach_has_its_own_item_and_the_outer_one_comes_back() -> None:
    inner = split("g", call("a", **{"with": {"v": "{{ item }}"}}), over="{{ item }}")
    steps = [
        split(
            "f", inner, call("b", "g", **{"with": {"g": "{{ steps.g.output }}", "v": "{{ item }}"}}), over=[[1], [2, 3]]
        )
    ]
    assert run(steps).output == [
        {"g": [{"v": 1}], "v": [1]}, {"g": [{"v": 2}, {"v": 3}], "v": [2, 3]},
    ]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_foreach_in_a_branch_in_a_foreach_is_ordinary(seed: int) -> None:
    inner = split("g", call("a", **{"with": {"v": "{{ item * 10 }}"}}), over="{{ item }}")
    steps = [
        split(
            "f",
            parallel("p", l=[inner], r=[call("b", **{"with": {"n": "{{ item | length }}"}})]),
            over=[[1, 2], [], [3]],
        )
    ]
    ended = run(steps, seed=seed)
    assert ended.output == [
        {"l": [{"v": 10}, {"v": 20}], "r": {"n": 2}}, {"l": [], "r": {"n": 0}}, {"l": [{"v": 30}], "r": {"n": 1}},
    ]  # fmt: skip
    assert "f[0].p.l.g[1].a" in ended.states()


def many_rows(asked: Asked) -> Done:
    return Done(list(range(10_000)) if asked.path == "rows" else asked.inputs["v"])


@pytest.mark.parametrize("seed", [None, 1])
def test_a_foreach_over_ten_thousand_items_is_ordinary(seed: int | None) -> None:
    steps = [call("rows"), call("f", foreach="{{ steps.rows.output }}", **{"with": {"v": "{{ item }}"}})]
    ended = run(steps, many_rows, seed=seed)
    assert ended.output == list(range(10_000))
    assert len(ended.asked) == 10_001


def test_ten_thousand_items_with_bounded_concurrency_are_ordinary_too() -> None:
    inner = call("a", **{"with": {"v": "{{ item }}"}})
    ended = run([call("rows"), split("f", inner, over="{{ steps.rows.output }}", concurrency=7)], many_rows, seed=5)
    assert ended.output == list(range(10_000))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_items_are_under_way_than_concurrency_allows(seed: int, concurrency: int) -> None:
    begun: Counter[int] = Counter()

    def answer(asked: Asked) -> After:
        begun[asked.now_ms] += 1
        return After(1000, Done(asked.path))

    ended = run([call("f", foreach=list(range(8)), concurrency=concurrency)], answer, seed=seed)
    assert ended.output == [f"f[{i}]" for i in range(8)]
    assert max(begun.values()) == concurrency
    assert ended.took_ms == -(-8 // concurrency) * 1000


def test_without_concurrency_all_items_are_under_way_at_once() -> None:
    assert run([call("f", foreach=list(range(50)))], lambda asked: After(1000, Done())).took_ms == 1000


@pytest.mark.parametrize("seed", SEEDS)
def test_an_item_that_fails_fails_the_foreach_and_the_others_are_cancelled(seed: int) -> None:
    ended = run(
        [split("f", call("a"), call("b"), over=[0, 1, 2]), call("c")], script(**{"f[1].a": failing()}), seed=seed
    )
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.path) == ("broken", "f[1].a")
    assert ended.states()["f"] is StepState.FAILED
    others = {state for path, state in ended.states().items() if path.startswith(("f[0]", "f[2]"))}
    assert others <= {StepState.SUCCEEDED, StepState.CANCELLED}


@pytest.mark.parametrize("seed", SEEDS)
def test_items_that_wait_for_their_turn_never_start_after_a_failure(seed: int) -> None:
    ended = run([call("f", foreach=[0, 1, 2, 3], concurrency=1)], script(**{"f[1]": failing()}), seed=seed)
    assert ended.calls() == ["f[0]", "f[1]"]


def test_an_item_that_deals_with_its_failure_does_not_fail_the_foreach() -> None:
    steps = [split("f", call("a", on_error="continue"), over=[0, 1])]
    ended = run(steps, script(**{"f[0].a": failing(), "f[1].a": 1}))
    assert ended.output == [None, 1]


def test_what_a_failed_foreach_had_under_way_at_depth_is_cancelled_with_it() -> None:
    def answer(asked: Asked) -> Outcome | After:
        return failing() if asked.path == "f[1].a" else After(1000, Done())

    inner = parallel("p", l=[call("b")], r=[split("g", call("c"), over=[1, 2])])
    ended = run(
        [
            split("f", call("a", **{"if": "{{ index == 1 }}"}), inner, over=[0, 1]),
        ],
        answer,
    )
    assert ended.took_ms == 0
    assert {path: state.value for path, state in ended.states().items() if state == "cancelled"} == {
        "f[0].p": "cancelled", "f[0].p.l.b": "cancelled", "f[0].p.r.g": "cancelled", "f[0].p.r.g[0].c": "cancelled",
        "f[0].p.r.g[1].c": "cancelled",
    }  # fmt: skip


# parallel


@pytest.mark.parametrize("seed", SEEDS)
def test_branches_give_an_object_by_name_in_document_order(seed: int) -> None:
    ended = run(
        [parallel("p", z=[call("a")], b=[call("c"), call("d")], m=[call("e")])], lambda a: Done(a.path), seed=seed
    )
    assert ended.output == {"z": "p.z.a", "b": "p.b.d", "m": "p.m.e"}
    assert list(ended.output) == ["z", "b", "m"]


@pytest.mark.parametrize("seed", SEEDS)
def test_with_all_the_first_failure_fails_the_step(seed: int) -> None:
    steps = [parallel("p", l=[call("a")], m=[call("b"), call("c")], r=[call("d")])]
    ended = run(steps, script(**{"p.m.b": failing()}), seed=seed)
    assert ended.error is not None
    assert ended.error.path == "p.m.b"
    assert "p.m.c" not in ended.states()


@pytest.mark.parametrize("seed", SEEDS)
def test_with_any_the_first_success_is_the_result_and_the_others_are_cancelled(seed: int) -> None:
    slow_and_quick = script(**{"p.l.a": After(5000, Done("slow")), "p.r.b": After(1000, Done("quick"))})
    ended = run([joined("p", "any", l=[call("a")], r=[call("b")])], slow_and_quick, seed=seed)
    assert ended.output == {"r": "quick"}
    assert ended.took_ms == 1000
    assert ended.states()["p.l.a"] is StepState.CANCELLED


def test_with_any_a_tie_is_decided_by_document_order() -> None:
    """Two branches may arrive in one transaction; the driver's batches do that too."""
    seen: Counter[tuple[str, int]] = Counter()
    for seed in range(60):
        ended = run([joined("p", "any", l=[call("a")], r=[call("b")])], lambda asked: Done(1), seed=seed)
        (winner,) = ended.output
        seen[winner, len(ended.merges[0].arrived)] += 1
    assert seen["l", 2] > 0
    assert seen["r", 2] == 0
    assert seen["l", 1] > 0
    assert seen["r", 1] > 0


def test_with_any_a_failure_is_not_an_answer() -> None:
    for seed in SEEDS:
        ended = run(
            [joined("p", "any", l=[call("a")], r=[call("b")])], script(**{"p.l.a": failing(), "p.r.b": 2}), seed=seed
        )
        assert ended.output == {"r": 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_with_any_it_fails_when_all_failed_and_tells_all_errors(seed: int) -> None:
    answer = script(**{"p.l.a": failing("first"), "p.r.b": failing("second")})
    ended = run([joined("p", "any", l=[call("a")], r=[call("b")])], answer, seed=seed)
    assert ended.error is not None
    assert (ended.error.code, ended.error.path) == ("all_branches_failed", "p")
    assert {name: error["code"] for name, error in ended.error.details.items()} == {"l": "first", "r": "second"}


@pytest.mark.parametrize("seed", SEEDS)
def test_with_settled_every_branch_tells_its_output_or_its_error(seed: int) -> None:
    ended = run(
        [joined("p", "settled", l=[call("a")], r=[call("b")])], script(**{"p.l.a": failing(), "p.r.b": 2}), seed=seed
    )
    assert ended.state is JobState.SUCCEEDED
    error = {"code": "broken", "message": "It broke.", "path": "p.l.a", "details": None}
    assert ended.output == {"l": {"output": None, "error": error}, "r": {"output": 2, "error": None}}


def test_a_branch_sees_what_came_before_and_its_own_steps() -> None:
    steps = [call("z"), parallel("p", l=[call("a", "z"), call("b", "a")])]
    assert run(steps, script(z=1)).output == {"l": {"a": {"z": 1}}}


def test_a_split_inside_a_handler_and_a_choice_works() -> None:
    steps = [call("a", on_error=[split("f", call("h", **{"with": {"c": "{{ steps.a.error.code }}"}}), over=[1, 2])])]
    assert run(steps, script(a=failing())).output == [{"c": "broken"}, {"c": "broken"}]


# Determinism


def test_the_same_seed_gives_the_same_history() -> None:
    steps = [split("f", parallel("p", l=[call("a"), call("b")], r=[call("c")]), over=[1, 2, 3], concurrency=2)]
    first, second = (run(steps, seed=7) for _ in range(2))
    assert first == second


def test_what_is_sent_has_no_results_of_siblings() -> None:
    steps = [split("f", call("a"), call("b", "a"), over=list(range(5)))]
    for seed in SEEDS:
        driver = Driver(steps, lambda asked: Done(asked.inputs or asked.path), seed=seed)
        assert driver.run().output == [{"a": f"f[{i}].a"} for i in range(5)]


def test_a_failure_that_a_branch_brought_is_tried_again_with_all_branches() -> None:
    def answer(asked: Asked) -> Outcome:
        failed = asked.path == "p.l.a" and asked.round == 0
        return Fail(failing(retryable=True).error) if failed else Done(asked.round)

    step = {**parallel("p", l=[call("a")], r=[call("b")]), "retry": {"attempts": 2}}
    for seed in SEEDS:
        assert run([step], answer, seed=seed).output == {"l": 1, "r": 1}
