"""What the search box shows: things by name, and pages of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tropeiro.kernel.states import JobState
from tropeiro.web.finding.queries import Found, find
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.screens import labels
from tropeiro.web.screens.menu import menu
from tropeiro.web.screens.session import for_members


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of the list."""

    title: str
    detail: str
    kind: str
    address: str


@require_GET
@for_members
def search(request: Any) -> HttpResponse:
    """The list by itself for the box; a page of its own without a script."""
    words = request.GET.get("q", "").strip()
    hits = [*_pages(request.path, words), *map(_hit, find(request.member, words))]
    template = "search/found.html" if request.headers.get("HX-Request") else "search/page.html"
    return render(request, template, {"words": words, "hits": hits})


def _pages(path: str, words: str) -> list[Hit]:
    wanted = words.casefold()
    entries = [entry for group in menu(path) for entry in group.entries]
    return [
        Hit(entry.title, "", str(labels.FOUND["page"]), entry.address)
        for entry in entries
        if wanted in entry.title.casefold()
    ]


def _hit(found: Found) -> Hit:
    page = found.kind if found.kind in _OWN_PAGES else "service"
    address = reverse(page, kwargs={page: found.project if page == "project" else found.id})
    detail = str(JOB_STATES[JobState(found.place)]) if found.kind == "job" else found.place
    return Hit(found.title, detail, str(labels.FOUND.get(found.kind, labels.FOUND["service"])), address)


_OWN_PAGES = {"project", "workflow", "trigger", "job"}
"""Kinds whose page is named after them. Whatever else is found is a service."""
