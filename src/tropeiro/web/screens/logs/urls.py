from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.logs import live, taking, views

urlpatterns = [
    path("logs", views.logs, name="logs"),
    path("logs/histogram", views.bars, name="logs-histogram"),
    path("logs/events", live.log_events, name="logs-events"),
    path("logs/export", taking.export, name="logs-export"),
    path("logs/lines/<uuid:job>/<int:line>", views.line, name="logs-line"),
]
