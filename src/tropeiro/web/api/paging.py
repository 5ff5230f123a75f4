"""Keyset paging: a page ends with where the next one begins, so a page costs the same however far in it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from ninja import Query

MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="Entries of a page.")]
_Row = TypeVar("_Row")


def page(rows: Sequence[_Row], limit: int, key: Callable[[_Row], str]) -> dict[str, Any]:
    """A page of ``limit`` entries out of one more: the entries, and the key of the last when there are more."""
    shown = rows[:limit]
    return {"items": list(shown), "next": key(shown[-1]) if len(rows) > limit else None}
