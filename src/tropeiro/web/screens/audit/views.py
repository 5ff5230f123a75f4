"""The page of the audit log: who did what to which object, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.audit.queries import AuditEntry, Wanted, actors, find_acts
from tropeiro.web.member import Member
from tropeiro.web.paging import Page
from tropeiro.web.screens.audit.words import KINDS, VERBS, address_of, verb_words
from tropeiro.web.screens.csv_answer import MOST, csv_answer
from tropeiro.web.screens.session import for_members

PAGE = 50
CSV_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """An act as the page shows it."""

    entry: AuditEntry
    words: str
    address: str
    details: tuple[tuple[str, str], ...]


@require_GET
@for_members
def audit_log(request: Any) -> HttpResponse:
    """The acts, the newest first, as far as the filters let through."""
    wanted = _wanted(request.GET)
    if request.GET.get("format") == "csv":
        head = [_("When"), _("Who"), _("Did"), _("Kind"), _("Object"), _("Id"), _("Details")]
        return csv_answer("audit", head, _rows(request.member, wanted))
    found = find_acts(request.member, wanted, before=_uuid(request.GET.get("after", "")), limit=PAGE)
    context = {
        "page": Page([_line(entry) for entry in found.entries], next=str(found.next or "")),
        "partial": found.partial,
        "paged": "after" in request.GET,
        "wanted": {
            name: request.GET.get(name, "")[:200] for name in ("actor", "verb", "object", "since", "until", "q")
        },
        "filtered": wanted != Wanted(),
        "actors": actors(request.member),
        "verbs": sorted(((str(verb), str(words)) for verb, words in VERBS.items()), key=lambda one: one[1]),
        "kinds": [(kind, str(words)) for kind, words in KINDS.items()],
    }
    return render(request, "audit/list.html", context)


def _rows(member: Member, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    before: UUID | None = None
    for _page in range(MOST // CSV_PAGE):
        found = find_acts(member, wanted, before=before, limit=CSV_PAGE)
        for entry in found.entries:
            details = msgspec.json.encode(entry.details).decode() if entry.details else ""
            yield (
                entry.at, entry.actor, verb_words(entry.verb), entry.object_type, entry.object_name, entry.object_id,
                details,
            )  # fmt: skip
        if found.next is None:
            return
        before = found.next


def _line(entry: AuditEntry) -> Line:
    details = tuple((name, _shown(value)) for name, value in entry.details.items() if value not in (None, ""))
    return Line(entry, verb_words(entry.verb), address_of(entry), details)


def _shown(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " · ".join(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _wanted(query: Any) -> Wanted:
    verb = query.get("verb", "")
    until = _day(query.get("until", ""))
    return Wanted(
        actor=query.get("actor", "")[:254],
        verbs=(verb,) if verb in VERBS else (),
        object_type=query.get("object", "") if query.get("object", "") in KINDS else "",
        words=query.get("q", "")[:200].strip(),
        since=_midnight(_day(query.get("since", ""))),
        until=_midnight(until + timedelta(days=1) if until is not None and until < date.max else None),
    )


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # Ids have no time before 1970.
    return day if day is not None and day.year >= 1971 else None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
