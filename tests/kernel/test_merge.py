"""What the branches brought, made one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from short_documents import call, parallel, split, step_of

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.merge import error_value, merge
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail, Joined

JSON = Any

BROKEN = ErrorInfo(code="broken", message="It broke.", path="p.l.a")
BUSY = ErrorInfo(code="busy", message="Busy.", retryable=True, path="p.m.b", details={"n": 1})


def merged(join: str, *results: BranchResult) -> Done | Fail:
    """What it is, the same for every order of arrival."""
    branches = {"l": [call("a")], "m": [call("b")], "r": [call("c")]}
    workflow = compile_document([{**parallel("p", **branches), "join": join}])
    found = [merge(workflow, step_of(workflow, "p"), Joined(order)) for order in permutations(results)]
    assert all(one == found[0] for one in found)
    return found[0]


def output(index: int, value: JSON) -> BranchResult:
    return BranchResult(index=index, output=value)


def error(index: int, info: ErrorInfo) -> BranchResult:
    return BranchResult(index=index, error=info)


def test_all_gives_every_output_by_name() -> None:
    found = merged("all", output(0, 1), output(1, None), output(2, [3]))
    assert found == Done({"l": 1, "m": None, "r": [3]})


def test_all_fails_with_the_first_error_in_document_order() -> None:
    assert merged("all", output(0, 1), error(1, BUSY), error(2, BROKEN)) == Fail(BUSY)


def test_any_gives_the_first_success_in_document_order_alone() -> None:
    assert merged("any", error(0, BROKEN), output(1, 2), output(2, 3)) == Done({"m": 2})


def test_any_fails_with_all_errors_when_all_failed() -> None:
    found = merged("any", error(0, BROKEN), error(1, BUSY), error(2, BROKEN))
    assert isinstance(found, Fail)
    assert found.error.code == "all_branches_failed"
    assert "None of the 3 branches" in found.error.message
    assert "It broke." in found.error.message
    assert found.error.details == {"l": error_value(BROKEN), "m": error_value(BUSY), "r": error_value(BROKEN)}


@pytest.mark.parametrize(("infos", "retryable"), [((BROKEN, BUSY), True), ((BROKEN, BROKEN), False)])
def test_trying_any_again_makes_sense_when_it_does_for_one_branch(
    infos: tuple[ErrorInfo, ...], retryable: bool
) -> None:
    found = merged("any", *(error(index, info) for index, info in enumerate(infos)))
    assert isinstance(found, Fail)
    assert found.error.retryable is retryable


def test_settled_gives_output_or_error_by_name_and_never_fails() -> None:
    assert merged("settled", output(0, 1), error(1, BUSY), error(2, BROKEN)) == Done(
        {
            "l": {"output": 1, "error": None},
            "m": {"output": None, "error": {"code": "busy", "message": "Busy.", "path": "p.m.b", "details": {"n": 1}}},
            "r": {"output": None, "error": error_value(BROKEN)},
        }
    )


def test_items_give_a_list_in_their_order() -> None:
    workflow = compile_document([split("f", call("a"), over=[1, 2, 3])])
    step = step_of(workflow, "f")
    for order in permutations((output(0, "a"), output(1, None), output(2, "c"))):
        assert merge(workflow, step, Joined(order)) == Done(["a", None, "c"])
    assert merge(workflow, step, Joined((output(1, 1), error(2, BUSY), error(0, BROKEN)))) == Fail(BROKEN)


def test_no_error_is_null_to_expressions() -> None:
    assert error_value(None) is None
