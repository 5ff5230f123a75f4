"""What the address of a list asks for: words to search, an order, a page, or the whole as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.http import url_has_allowed_host_and_scheme

from tropeiro.web.paging import Sort, sort_from
from tropeiro.web.screens.csv_answer import MOST

PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is wanted."""

    text: str
    sort: Sort
    as_file: bool
    after: str
    before: str

    @property
    def paging(self) -> dict[str, Any]:
        """The arguments of a search that choose the page; a file has everything."""
        if self.as_file:
            return {"sort": self.sort, "limit": MOST}
        return {"sort": self.sort, "after": self.after, "before": self.before, "limit": PAGE}


def asked(request: Any, columns: Mapping[str, str], default: str) -> Asked:
    """What a request asks of a list with these columns."""
    sent = request.GET
    return Asked(
        text=sent.get("q", "").strip()[:100].replace("\0", ""),
        sort=sort_from(sent.get("sort", ""), columns, default),
        as_file=sent.get("format") == "csv",
        after=sent.get("after", ""),
        before=sent.get("before", ""),
    )


def way_back(request: Any, otherwise: str) -> str:
    """The page that a form was sent from, as the form says it (``next``), when it is one of ours."""
    target = str(request.POST.get("next", ""))
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and safe else otherwise


def whole_number(text: str | None, digits: int = 9) -> int:
    """A number that an address or a form holds, of at most so many digits; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else 0
