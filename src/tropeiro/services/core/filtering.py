"""The service ``filter``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tropeiro.sdk import ServiceError, service
from tropeiro.services.core.comparing import ORDERINGS, check_comparable, same
from tropeiro.services.core.dotted import MISSING, kind, read
from tropeiro.services.core.example import Example
from tropeiro.services.core.threads import aside

Operator = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with",
    "exists", "missing", "empty", "not_empty",
]  # fmt: skip


class Condition(BaseModel):
    """One comparison."""

    model_config = ConfigDict(extra="forbid")

    field: Annotated[
        str, Field(max_length=500, description="Dotted path into the item; empty for the item itself.")
    ] = ""
    op: Annotated[Operator, Field(description="The comparison.")] = "eq"
    value: Annotated[Any, Field(description="What to compare with; `in` and `not_in` take a list.")] = None


@service(name="filter", title="Filter a list", pure=True, public=True, timeout="1m")
async def filter_items(
    items: Annotated[list[Any], Field(description="The list.")],
    where: Annotated[list[Condition], Field(max_length=100, description="The conditions.")],
    match: Annotated[Literal["all", "any"], Field(description="How many of them must hold.")] = "all",
) -> list[Any]:
    """Keeps the items that meet conditions, in order.

    Values are compared as JSON: `1` is not `"1"` and not `true`. Null or a missing field never meets `lt`, `lte`,
    `gt`, `gte`, `starts_with` or `ends_with`; any other mix of kinds under these is an error (`not_comparable`).
    `contains` looks for a part of a text, an item of a list or a key of an object. `missing` and `exists` ask whether
    the field is there and not null. `empty` means null, missing, `""`, `[]` or `{}`.
    """
    for place, condition in enumerate(where):
        if condition.op in ("in", "not_in") and not isinstance(condition.value, list):
            raise ServiceError(
                "invalid_inputs", f"where[{place}].value is {kind(condition.value)}; `{condition.op}` takes a list."
            )
    return await aside(len(items) * len(where), _filtered, items, where, all if match == "all" else any)


def _filtered(items: list[Any], where: list[Condition], met: Callable[[Iterable[object]], bool]) -> list[Any]:
    return [item for place, item in enumerate(items) if met(_holds(item, one, place) for one in where)]


def _holds(item: Any, condition: Condition, place: int) -> bool:
    found = read(item, condition.field)
    value, op = condition.value, condition.op
    match op:
        case "eq":
            return same(found, value)
        case "ne":
            return not same(found, value)
        case "in":
            return any(same(found, one) for one in value)
        case "not_in":
            return not any(same(found, one) for one in value)
        case "exists":
            return found is not None and found is not MISSING
        case "missing":
            return found is None or found is MISSING
        case "empty" | "not_empty":
            empty = found is None or found is MISSING or found in ("", [], {})
            return empty == (op == "empty")
        case "contains":
            return _contains(found, value)
        case "not_contains":
            return not _contains(found, value)
    if found is None or found is MISSING:
        return False
    where = f"items[{place}]{'.' if condition.field else ''}{condition.field}"
    check_comparable(found, value, where)
    if op in ORDERINGS:
        return ORDERINGS[op](found, value)
    if not isinstance(found, str):
        raise ServiceError("not_comparable", f"{where} is {kind(found)}; `{op}` takes text.")
    return found.startswith(value) if op == "starts_with" else found.endswith(value)


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    if isinstance(found, list):
        return any(same(one, value) for one in found)
    return isinstance(found, dict) and isinstance(value, str) and value in found


EXAMPLES = (
    Example(
        "filter",
        "Paid orders from 100 up",
        {
            "items": [
                {"id": 1, "total": 250, "customer": {"country": "BR"}},
                {"id": 2, "total": 40, "customer": {"country": "BR"}},
                {"id": 3, "total": 120, "customer": {"country": "AR"}},
            ],
            "where": [
                {"field": "total", "op": "gte", "value": 100},
                {"field": "customer.country", "op": "in", "value": ["BR", "PT"]},
            ],
        },
        [{"id": 1, "total": 250, "customer": {"country": "BR"}}],
    ),
)
