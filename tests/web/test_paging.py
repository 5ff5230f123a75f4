"""Pages of a list by keyset."""

from __future__ import annotations

from typing import Any

import pytest
from web_cast import execute

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.paging import Keyset, Page, Sort, sort_from

COLUMNS = {"name": "r.name", "size": "r.size"}
ROWS = [(n, f"name {n % 5}", n // 3) for n in range(23)]


def _page(sort: Sort, after: str = "", before: str = "") -> Page[Any]:
    keyset = Keyset(columns=COLUMNS, id="r.id", sort=sort, after=after, before=before, limit=4)
    rows = execute(
        "SELECT r.id, r.name, r.size"
        " FROM unnest(%(ids)s::int[], %(names)s::text[], %(sizes)s::int[]) AS r(id, name, size)"
        f" WHERE {keyset.condition} {keyset.order}",
        {**keyset.params, **dict(zip(("ids", "names", "sizes"), map(list, zip(*ROWS, strict=True)), strict=True))},
    )
    place = {"name": 1, "size": 2}[sort.column]
    return keyset.page(rows, lambda row: (row[place], row[0]))


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["name", "-name", "size", "-size"])
def test_going_on_meets_every_row_once_and_going_back_the_same_pages(text: str) -> None:
    sort = sort_from(text, COLUMNS, "name")
    place = {"name": 1, "size": 2}[sort.column]
    whole = sorted(ROWS, key=lambda row: (row[place], row[0]), reverse=sort.descending)
    pages = [_page(sort)]
    assert not pages[0].previous
    while pages[-1].next:
        pages.append(_page(sort, after=pages[-1].next))
    assert [row for page in pages for row in page.rows] == whole
    back = [pages[-1]]
    while back[-1].previous:
        back.append(_page(sort, before=back[-1].previous))
    assert [page.rows for page in reversed(back)] == [page.rows for page in pages]


def test_an_order_that_is_not_offered_becomes_the_usual_one() -> None:
    assert sort_from("password", COLUMNS, "-size") == Sort("size", descending=True)


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", "WzEsIDIsIDNd", "W3t9LCAxXQ"])
def test_a_cursor_that_was_cut_off_is_refused_with_what_to_do(cursor: str) -> None:
    keyset = Keyset(columns=COLUMNS, id="r.id", sort=Sort("name"), after=cursor)
    with pytest.raises(InvalidInput, match="not whole"):
        _ = keyset.params
