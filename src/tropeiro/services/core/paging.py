"""Following an answer to the next one: five ways in which APIs cut their lists into pages."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from tropeiro.ports.network import HttpResponse
from tropeiro.sdk import ServiceError
from tropeiro.services.core.dotted import MISSING, kind, read

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^;,\"=\s]+(?:\s*=\s*(?:\"[^\"]*\"|[^;,\s]*))?)*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next\b)", re.IGNORECASE)


class Paging(BaseModel):
    """How to get from one page to the next, and what to collect."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[
        Literal["link_header", "next_url", "cursor", "page", "offset"],
        Field(
            description="`link_header`: the `Link` header with `rel=next`. `next_url`: a URL in the answer (`next`). "
            "`cursor`: a value in the answer (`next`) goes into the query (`param`). `page`, `offset`: a number in "
            "the query (`param`) grows."
        ),
    ]
    items: Annotated[
        str, Field(max_length=500, description="Dotted path to the page's list; empty for the answer.")
    ] = ""
    next: Annotated[str, Field(max_length=500, description="Dotted path to the next URL or cursor.")] = "next"
    param: Annotated[
        str | None,
        Field(max_length=200, description="Query parameter; `cursor`, `page` or `offset` when not given."),
    ] = None
    start: Annotated[int | None, Field(ge=0, description="First page (1) or offset (0).")] = None
    size: Annotated[
        int | None,
        Field(ge=1, le=1_000_000, description="Items a page; a page with fewer is the last one."),
    ] = None
    size_param: Annotated[
        str | None, Field(max_length=200, description="Query parameter that asks for `size`; not sent when not given.")
    ] = None
    max_pages: Annotated[int, Field(ge=1, le=10_000, description="Stop after so many pages.")] = 100
    max_items: Annotated[int, Field(ge=1, le=500_000, description="Stop after so many items.")] = 50_000


class Page:
    """Where a walk through the pages stands: the address to call, and what it adds to the query."""

    def __init__(self, paging: Paging, url: str) -> None:
        self.url = url
        self.query: dict[str, str] = {}
        self._paging = paging
        self._first = url
        self._name = paging.param or {"page": "page", "offset": "offset"}.get(paging.kind, "cursor")
        self._number = paging.start if paging.start is not None else 1 if paging.kind == "page" else 0
        self._seen: set[str] = {url}
        self._said: dict[str, str] = {}
        if paging.size_param and paging.size is not None:
            self._said = {paging.size_param: str(paging.size)}
        counted = {self._name: str(self._number)} if paging.kind in ("page", "offset") else {}
        self.query = self._said | counted

    @property
    def moved(self) -> bool:
        """Whether the address is one that an answer gave, which has its query in it already."""
        return self.url != self._first

    def items(self, body: Any) -> list[Any]:
        """The page's items. Raises `ServiceError` ``paging_failed``."""
        found = read(body, self._paging.items)
        if found is None:
            return []
        if not isinstance(found, list):
            where = f"`{self._paging.items}`" if self._paging.items else "the answer"
            raise _failed(f"{where} is {kind(found)}, not a list. Set `items` to where the list is.")
        return found

    def advance(self, response: HttpResponse, body: Any, count: int) -> bool:
        """Go on to the next page after one with ``count`` items; false when that was the last."""
        match self._paging.kind:
            case "link_header":
                return self._go(_next_link(response.header("link")), response.url)
            case "next_url":
                return self._go(self._text(read(body, self._paging.next)), response.url)
            case "cursor":
                return self._point(self._text(read(body, self._paging.next)))
        if count == 0 or (self._paging.size is not None and count < self._paging.size):
            return False
        self._number += 1 if self._paging.kind == "page" else count
        self.query = self._said | {self._name: str(self._number)}
        return True

    def _go(self, target: str, base: str) -> bool:
        if not target:
            return False
        following = urljoin(base, target)
        if urlsplit(following)[:2] != urlsplit(self._first)[:2]:
            raise _failed(
                f"the next page is on {urlsplit(following).netloc[:100]}, another server than the first. "
                "Pages are only followed on one server."
            )
        self._once(following)
        self.url, self.query = following, {}
        return True

    def _point(self, cursor: str) -> bool:
        if not cursor:
            return False
        self._once(cursor)
        self.query = self._said | {self._name: cursor}
        return True

    def _once(self, place: str) -> None:
        if place in self._seen:
            raise _failed("an answer points back to a page that was read already. Check `next` and `param`.")
        self._seen.add(place)

    def _text(self, value: Any) -> str:
        if value is None or value is MISSING or value is False:
            return ""
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
        raise _failed(f"`{self._paging.next}` is {kind(value)}. Set `next` to where the next URL or cursor is.")


def _next_link(header: str) -> str:
    """The target of ``rel=next`` in a ``Link`` header (RFC 8288), ``""`` when there is none."""
    return next((found[1] for found in _LINK.finditer(header) if _NEXT.search(found[2])), "")


def _failed(what: str) -> ServiceError:
    return ServiceError("paging_failed", f"The pages cannot be followed: {what}")
