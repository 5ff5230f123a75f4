from __future__ import annotations

from typing import Any

import pytest

from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.kernel.outcome import Fail
from tropeiro.services.core.dotted import MISSING, read


@pytest.mark.parametrize(
    "values",
    [{}, {"a": None}, {"json": 1, "copy": [], "model_config": {}, "self": 2, "values": 3, "__class__": "x", "": 4}],
)
async def test_set_gives_back_whatever_it_got(core: Any, values: dict[str, Any]) -> None:
    assert await core("set", values) == values


async def test_flatten_joins_one_level(core: Any) -> None:
    assert await core("flatten", {"lists": []}) == []
    assert await core("flatten", {"lists": [None, [], [None]]}) == [None]
    assert await core("flatten", {"lists": [[[1]], [{"a": 2}]]}) == [[1], {"a": 2}]


async def test_flatten_says_what_is_not_a_list(core: Any) -> None:
    with pytest.raises(SchemaMismatch) as refused:
        await core("flatten", {"lists": [[1], "text"]})
    assert refused.value.pointer.startswith("/lists/1")


async def test_log_writes_a_line_at_its_level(core: Any) -> None:
    assert await core("log", {"message": "hello"}) is None
    await core("log", {"message": "bad", "level": "error", "fields": {"message": "x", "level": "y", "rows": 3}})
    assert core.report.lines == [
        ("info", "hello", {}),
        ("error", "bad", {"message": "x", "level": "y", "rows": 3}),
    ]


@pytest.mark.parametrize("retryable", [True, False])
async def test_fail_fails_as_told(core: Any, retryable: bool) -> None:
    outcome = await core.outcome("fail", {"code": "no_rows", "message": "None.", "retryable": retryable})
    assert isinstance(outcome, Fail)
    assert (outcome.error.code, outcome.error.message, outcome.error.retryable) == ("no_rows", "None.", retryable)


async def test_a_version_that_this_worker_lacks_is_an_error(core: Any) -> None:
    core._executor._services.clear()
    assert (await core.fails("set", {})).code == "unknown_builtin"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": {"b": [10, {"c": None}]}, "x.y": 1, "0": "zero"}),
        ("a.b.0", 10),
        ("a.b.1.c", None),
        ("a.b.2", MISSING),
        ("a.b.-1", MISSING),
        ("a.b.c", MISSING),
        ("a.b.0.z", MISSING),
        ("x.y", 1),
        ("0", "zero"),
        ("a.", MISSING),
        ("." * 200, MISSING),
    ],
)
def test_a_dotted_path_leads_where_it_says(path: str, found: Any) -> None:
    value = {"a": {"b": [10, {"c": None}]}, "x.y": 1, "0": "zero"}
    assert read(value, path) == found
