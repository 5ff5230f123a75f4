"""Comparing JSON values: as JSON means it, not as Python does. ``true`` is not 1, text is not a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tropeiro.sdk import ServiceError
from tropeiro.services.core.dotted import MISSING, kind

ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal."""
    return bool(identity(a) == identity(b))


def identity(value: Any) -> Any:
    """A hashable stand-in that is equal exactly for equal JSON values."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("list", tuple(identity(inner) for inner in value))
    return value


def check_comparable(a: Any, b: Any, where: str) -> None:
    """Raises `ServiceError` ``not_comparable`` unless both are numbers or both are text."""
    if not (_is_number(a) and _is_number(b)) and not (isinstance(a, str) and isinstance(b, str)):
        raise ServiceError(
            "not_comparable",
            f"{where} is {kind(a)} and cannot be put in order with {kind(b)}. Convert one of them first.",
        )


def order_key(value: Any, where: str) -> tuple[int, Any]:
    """A key for sorting numbers among themselves, and text among itself; null and missing come last.

    Raises `ServiceError` ``not_comparable`` for booleans, lists and objects. Mixed kinds sort numbers first.
    """
    if value is None or value is MISSING:
        return (2, 0)
    if _is_number(value):
        return (0, value)
    if isinstance(value, str):
        return (1, value)
    raise ServiceError("not_comparable", f"{where} is {kind(value)}, which has no order. Sort by another field.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
