"""Pages of long lists by keyset: a page begins after the last row of the one before it, whatever was added meanwhile.

A list is ordered by one column, and by the id where that is equal. A cursor is both values of a row, as text for an
address; it says nothing that the row did not show.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column a list is ordered."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


def sort_from(text: str, columns: Mapping[str, str], default: str) -> Sort:
    """The order that an address asks for (``name``, ``-jobs``); ``default`` when it is none of ``columns``."""
    column = text.removeprefix("-")
    if column not in columns:
        text, column = default, default.removeprefix("-")
    return Sort(column, text.startswith("-"))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list."""

    rows: Sequence[Row]
    next: str = ""
    """Cursor for ``after``; empty on the last page."""
    previous: str = ""
    """Cursor for ``before``; empty on the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """Which rows of a statement make the page that an address asks for."""

    columns: Mapping[str, str]
    """By the name of a column: the SQL expression to order by. It is never null."""
    id: str
    """SQL expression of the id."""
    sort: Sort
    after: str = ""
    before: str = ""
    limit: int = 50

    @property
    def condition(self) -> str:
        """A condition on rows, to stand behind WHERE or AND."""
        if not (self.after or self.before):
            return "true"
        return f"({self._by}, {self.id}) {'>' if self._upwards else '<'} (%(page_key)s, %(page_id)s)"

    @property
    def order(self) -> str:
        """ORDER BY and LIMIT of the statement; one row more than the page has, to know whether there is another."""
        way = "ASC" if self._upwards else "DESC"
        return f"ORDER BY {self._by} {way}, {self.id} {way} LIMIT {self.limit + 1}"

    @property
    def params(self) -> dict[str, Any]:
        """Named parameters of the condition. Raises `InvalidInput` for a cursor that is none."""
        text = self.before or self.after
        if not text:
            return {}
        key, id_ = _read(text)
        return {"page_key": key, "page_id": id_}

    def page(self, rows: Sequence[Row], key: Callable[[Row], tuple[Any, Any]]) -> Page[Row]:
        """The page that the statement's rows make; ``key`` gives a row's value of the ordering column and its id."""
        more = len(rows) > self.limit
        kept = list(rows[: self.limit])
        if self.before:
            kept.reverse()
        if not kept:
            return Page(())
        has_next = more if not self.before else True
        has_previous = bool(self.after) if not self.before else more
        return Page(
            kept,
            next=_write(*key(kept[-1])) if has_next else "",
            previous=_write(*key(kept[0])) if has_previous else "",
        )

    @property
    def _by(self) -> str:
        return self.columns[self.sort.column]

    @property
    def _upwards(self) -> bool:
        return self.sort.descending == bool(self.before)


def _write(key: Any, id_: Any) -> str:
    return urlsafe_b64encode(msgspec.json.encode([key, id_])).decode().rstrip("=")


def _read(text: str) -> tuple[Any, Any]:
    try:
        key, id_ = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise InvalidInput(
            _("The address of this page is not whole."), hint=_("Go back to the beginning of the list.")
        ) from None
    if not all(isinstance(one, str | int | float) for one in (key, id_)):
        raise InvalidInput(_("The address of this page is not whole."), hint=_("Go back to the beginning of the list."))
    return key, id_
