from __future__ import annotations

from typing import Any

import pytest

ITEMS = [
    {"id": 1, "n": 5, "name": "ana", "tags": ["a", "b"], "in": {"x": True}},
    {"id": 2, "n": None, "name": "bob", "tags": []},
    {"id": 3, "n": 7.5, "name": "célia", "tags": None, "in": {"x": 1}},
    {"id": 4, "name": ""},
]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ({"field": "n", "op": "eq", "value": 5}, [1]),
        ({"field": "n", "op": "eq", "value": 5.0}, [1]),
        ({"field": "n", "op": "eq", "value": "5"}, []),
        ({"field": "n", "op": "eq"}, [2]),
        ({"field": "n", "op": "ne", "value": 5}, [2, 3, 4]),
        ({"field": "n", "op": "lt", "value": 7}, [1]),
        ({"field": "n", "op": "lte", "value": 7.5}, [1, 3]),
        ({"field": "n", "op": "gt", "value": 5}, [3]),
        ({"field": "n", "op": "gte", "value": 5}, [1, 3]),
        ({"field": "name", "op": "gt", "value": "b"}, [2, 3]),
        ({"field": "in.x", "op": "eq", "value": True}, [1]),
        ({"field": "in.x", "op": "eq", "value": 1}, [3]),
        ({"field": "in", "op": "eq", "value": {"x": True}}, [1]),
        ({"field": "id", "op": "in", "value": [1, 4, "2"]}, [1, 4]),
        ({"field": "id", "op": "not_in", "value": [1, 4]}, [2, 3]),
        ({"field": "tags", "op": "contains", "value": "b"}, [1]),
        ({"field": "name", "op": "contains", "value": "é"}, [3]),
        ({"field": "in", "op": "contains", "value": "x"}, [1, 3]),
        ({"field": "tags", "op": "not_contains", "value": "b"}, [2, 3, 4]),
        ({"field": "name", "op": "starts_with", "value": "b"}, [2]),
        ({"field": "name", "op": "ends_with", "value": "a"}, [1, 3]),
        ({"field": "n", "op": "exists"}, [1, 3]),
        ({"field": "n", "op": "missing"}, [2, 4]),
        ({"field": "tags", "op": "empty"}, [2, 3, 4]),
        ({"field": "name", "op": "not_empty"}, [1, 2, 3]),
    ],
)
async def test_filter_keeps_what_meets_a_condition(core: Any, condition: dict[str, Any], ids: list[int]) -> None:
    kept = await core("filter", {"items": ITEMS, "where": [condition]})
    assert [item["id"] for item in kept] == ids


async def test_filter_combines_conditions(core: Any) -> None:
    where = [{"field": "n", "op": "exists"}, {"field": "name", "op": "eq", "value": "bob"}]
    assert await core("filter", {"items": ITEMS, "where": where}) == []
    assert [item["id"] for item in await core("filter", {"items": ITEMS, "where": where, "match": "any"})] == [1, 2, 3]
    assert await core("filter", {"items": [1, 2, 3], "where": [{"op": "gte", "value": 2}]}) == [2, 3]
    assert await core("filter", {"items": [1], "where": []}) == [1]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"field": "name", "op": "lt", "value": 5}, "not_comparable"),
        ({"field": "n", "op": "lt", "value": "5"}, "not_comparable"),
        ({"field": "in.x", "op": "gt", "value": 0}, "not_comparable"),
        ({"field": "n", "op": "starts_with", "value": 5}, "not_comparable"),
        ({"field": "id", "op": "in", "value": 5}, "invalid_inputs"),
    ],
)
async def test_filter_says_what_cannot_be_compared(core: Any, condition: dict[str, Any], code: str) -> None:
    error = await core.fails("filter", {"items": ITEMS, "where": [condition]})
    assert (error.code, error.retryable) == (code, False)


async def test_filter_of_many_items_works_beside_the_event_loop(core: Any) -> None:
    kept = await core("filter", {"items": list(range(10_000)), "where": [{"op": "lt", "value": 3}]})
    assert kept == [0, 1, 2]


async def test_aggregate_computes_each_metric(core: Any) -> None:
    ops = ("sum", "count", "min", "max", "avg", "first", "last", "distinct")
    rows = await core("aggregate", {"items": ITEMS, "metrics": {op: {"op": op, "field": "n"} for op in ops}})
    assert rows == [
        {"sum": 12.5, "count": 2, "min": 5, "max": 7.5, "avg": 6.25, "first": 5, "last": None, "distinct": 2}
    ]


async def test_aggregate_of_nothing_is_one_row_or_none(core: Any) -> None:
    metrics = {"rows": {"op": "count"}, "total": {"op": "sum", "field": "n"}, "best": {"op": "max", "field": "n"}}
    metrics |= {"mean": {"op": "avg", "field": "n"}, "first": {"op": "first", "field": "n"}}
    assert await core("aggregate", {"items": [], "metrics": metrics}) == [
        {"rows": 0, "total": 0, "best": None, "mean": None, "first": None}
    ]
    assert await core("aggregate", {"items": [], "metrics": metrics, "by": ["country"]}) == []


@pytest.mark.parametrize(
    ("values", "total", "mean"),
    [
        ([0.1] * 10, 1.0, 0.1),
        ([1e16, 1.0, -1e16], 1.0, 1 / 3),
        ([2**62, 2**62 - 1], 2**63 - 1, float(2**62)),
        ([1e308, -1e308, 5e-324], 5e-324, 0.0),
        ([3, 4], 7, 3.5),
        ([1, 0.5], 1.5, 0.75),
    ],
)
async def test_sums_are_exact(core: Any, values: list[Any], total: Any, mean: float) -> None:
    metrics = {"total": {"op": "sum"}, "mean": {"op": "avg"}}
    (row,) = await core("aggregate", {"items": values, "metrics": metrics})
    assert (row["total"], type(row["total"])) == (total, type(total))
    assert row["mean"] == pytest.approx(mean)


async def test_aggregate_groups_sorts_and_limits(core: Any) -> None:
    items = [{"c": c, "n": n} for c, n in (("b", 1), (None, 9), ("a", 2), ("b", 3), (True, 4), (1, 5))]
    inputs = {"items": items, "by": ["c"], "metrics": {"n": {"op": "sum", "field": "n"}}}
    rows = await core("aggregate", inputs)
    assert rows == [{"c": "b", "n": 4}, {"c": None, "n": 9}, {"c": "a", "n": 2}, {"c": True, "n": 4}, {"c": 1, "n": 5}]
    best = await core("aggregate", inputs | {"sort": [{"field": "n", "order": "desc"}], "limit": 2})
    assert best == [{"c": None, "n": 9}, {"c": 1, "n": 5}]
    texts = [{"c": "b"}, {"c": None}, {"c": "a"}]
    for order, expected in (("asc", ["a", "b", None]), ("desc", ["b", "a", None])):
        sort = [{"field": "c", "order": order}]
        rows = await core("aggregate", {"items": texts, "by": ["c"], "metrics": {}, "sort": sort})
        assert [row["c"] for row in rows] == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"metrics": {"n": {"op": "sum", "field": "name"}}}, "not_a_number"),
        ({"metrics": {"n": {"op": "sum", "field": "in.x"}}}, "not_a_number"),
        ({"metrics": {"n": {"op": "max", "field": "tags"}}}, "not_comparable"),
        ({"metrics": {"id": {"op": "count"}}, "by": ["id"]}, "invalid_inputs"),
        ({"metrics": {}, "by": ["id"], "sort": [{"field": "other"}]}, "invalid_inputs"),
        ({"metrics": {}, "by": ["in"], "sort": [{"field": "in"}]}, "not_comparable"),
        ({"items": [2**63 - 1, 1], "metrics": {"n": {"op": "sum"}}}, "number_too_large"),
        ({"items": [1, "a"], "metrics": {"n": {"op": "min"}}}, "not_comparable"),
    ],
)
async def test_aggregate_says_what_cannot_be_computed(core: Any, change: dict[str, Any], code: str) -> None:
    error = await core.fails("aggregate", {"items": ITEMS} | change)
    assert (error.code, error.retryable) == (code, False)
