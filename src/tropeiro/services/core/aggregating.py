"""The service ``aggregate``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context as Arithmetic
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tropeiro.sdk import ServiceError, service
from tropeiro.services.core.comparing import identity, order_key
from tropeiro.services.core.dotted import MISSING, kind, read
from tropeiro.services.core.example import Example
from tropeiro.services.core.threads import aside

# Every float has fewer than 770 significant digits and exponents within ±324, so sums of them stay exact.
_ARITHMETIC = Arithmetic(prec=1_200, Emax=10_000, Emin=-10_000)
_LARGEST = 2**63 - 1


Path = Annotated[str, Field(max_length=500)]


class Metric(BaseModel):
    """One number, or value, of a group."""

    model_config = ConfigDict(extra="forbid")

    op: Annotated[
        Literal["sum", "count", "min", "max", "avg", "first", "last", "distinct"],
        Field(description="How the values of a group become one; `distinct` counts different values."),
    ]
    field: Annotated[
        str, Field(max_length=500, description="Dotted path into the item. `count` without a field counts items.")
    ] = ""


class Order(BaseModel):
    """One column to sort by."""

    model_config = ConfigDict(extra="forbid")

    field: Annotated[str, Field(description="A name in the rows: one of `by` or of the metrics.")]
    order: Annotated[Literal["asc", "desc"], Field(description="Null comes last in both.")] = "asc"


@service(title="Aggregate a list", pure=True, public=True, timeout="1m")
async def aggregate(
    items: Annotated[list[Any], Field(description="The list.")],
    metrics: Annotated[dict[str, Metric], Field(max_length=100, description="What to compute, by name.")],
    by: Annotated[
        list[Path],
        Field(max_length=20, description="Dotted paths to group by; none gives one row."),
    ] = [],  # noqa: B006
    sort: Annotated[list[Order], Field(max_length=20, description="Order of the rows; else first seen.")] = [],  # noqa: B006
    limit: Annotated[int | None, Field(ge=0, description="At most this many rows, after sorting.")] = None,
) -> list[dict[str, Any]]:
    """Groups items and computes numbers for each group: one row a group, with the fields of `by` and the metrics.

    Sums are exact: whole numbers stay whole, and 0.1 + 0.2 is 0.3. Null and missing values are left out of `sum`,
    `min`, `max`, `avg`, `distinct` and of `count` with a field; a group without any gives 0, and null for `min`,
    `max`, `avg`.
    """
    clash = set(by) & metrics.keys()
    if clash:
        raise ServiceError("invalid_inputs", f"`{min(clash)}` is both in `by` and a metric. Rename the metric.")
    rows = await aside(len(items) * (len(by) + len(metrics)), _rows, items, by, metrics)
    for order in reversed(sort):
        _sort(rows, order, {*by, *metrics})
    return rows if limit is None else rows[:limit]


def _rows(items: list[Any], by: list[str], metrics: dict[str, Metric]) -> list[dict[str, Any]]:
    groups: dict[Any, tuple[list[Any], list[tuple[int, Any]]]] = {}
    for place, item in enumerate(items):
        values = [None if found is MISSING else found for found in (read(item, path) for path in by)]
        groups.setdefault(identity(values), (values, []))[1].append((place, item))
    if not by and not groups:
        groups[()] = ([], [])
    return [
        dict(zip(by, values, strict=True)) | {name: _compute(metric, members) for name, metric in metrics.items()}
        for values, members in groups.values()
    ]


def _sort(rows: list[dict[str, Any]], order: Order, names: set[str]) -> None:
    if order.field not in names:
        known = ", ".join(sorted(names)) or "none"
        raise ServiceError("invalid_inputs", f"There is no `{order.field}` to sort by. The rows have: {known}.")
    keys = {id(row): order_key(row[order.field], order.field) for row in rows}
    rows.sort(key=lambda row: keys[id(row)], reverse=order.order == "desc")
    rows.sort(key=lambda row: row[order.field] is None)


def _compute(metric: Metric, members: list[tuple[int, Any]]) -> Any:
    found = [(place, read(item, metric.field)) for place, item in members]
    if metric.op in ("first", "last"):
        value = found[0 if metric.op == "first" else -1][1] if found else None
        return None if value is MISSING else value
    if metric.op == "count" and not metric.field:
        return len(found)
    present = [(place, value) for place, value in found if value is not None and value is not MISSING]
    if metric.op == "count":
        return len(present)
    if metric.op == "distinct":
        return len({identity(value) for _, value in present})
    return _NUMERIC[metric.op](present, metric.field)


def _sum(values: list[tuple[int, Any]], field: str) -> int | float:
    total = _total(values, field)
    return _number(total, whole=all(isinstance(value, int) for _, value in values))


def _average(values: list[tuple[int, Any]], field: str) -> int | float | None:
    if not values:
        return None
    return float(_ARITHMETIC.divide(_total(values, field), Decimal(len(values))))


def _total(values: list[tuple[int, Any]], field: str) -> Decimal:
    total = Decimal(0)
    for place, value in values:
        if isinstance(value, bool) or not isinstance(value, int | float):
            where = f"items[{place}]{'.' if field else ''}{field}"
            raise ServiceError("not_a_number", f"{where} is {kind(value)}. Convert it to a number first.")
        # A float stands for the decimal that it is written as, which is what the sender meant.
        total = _ARITHMETIC.add(total, Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
    return total


def _number(total: Decimal, *, whole: bool) -> int | float:
    if not whole:
        return float(total)
    if abs(total) > _LARGEST:
        raise ServiceError(
            "number_too_large", f"A sum has {len(str(total))} digits; whole numbers end at {_LARGEST}. Sum fewer items."
        )
    return int(total)


def _extreme(choose: Callable[..., Any]) -> Callable[[list[tuple[int, Any]], str], Any]:
    def extreme(values: list[tuple[int, Any]], field: str) -> Any:
        keys = [order_key(value, f"items[{place}]{'.' if field else ''}{field}") for place, value in values]
        if len({rank for rank, _ in keys}) > 1:
            raise ServiceError("not_comparable", f"`{field}` is a number in some items and text in others.")
        return choose(keys)[1] if keys else None

    return extreme


_NUMERIC: dict[str, Callable[[list[tuple[int, Any]], str], Any]] = {
    "sum": _sum,
    "avg": _average,
    "min": _extreme(min),
    "max": _extreme(max),
}

EXAMPLES = (
    Example(
        "aggregate",
        "Revenue by country, the best first",
        {
            "items": [
                {"country": "BR", "revenue": 0.1},
                {"country": "PT", "revenue": 5},
                {"country": "BR", "revenue": 0.2},
            ],
            "by": ["country"],
            "metrics": {"revenue": {"op": "sum", "field": "revenue"}, "orders": {"op": "count"}},
            "sort": [{"field": "revenue", "order": "desc"}],
        },
        [{"country": "PT", "revenue": 5, "orders": 1}, {"country": "BR", "revenue": 0.3, "orders": 2}],
    ),
)
