"""The application that an ASGI server runs, once `setup.configure` has been called."""

from __future__ import annotations

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

from tropeiro.web.api.lean import ApiFirst
from tropeiro.web.jobs.bulk_desk import desk

application = ApiFirst(get_asgi_application())
# Loads every screen now, so that the first visitor does not wait for it.
_ = get_resolver().url_patterns


def begin() -> None:
    """Called once when the process answers: acts on many jobs that an earlier process left unfinished go on."""
    desk.wake()
