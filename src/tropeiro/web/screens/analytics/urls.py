from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.analytics import dashboard, realtime

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("realtime", realtime.realtime, name="realtime"),
    path("realtime/events", realtime.realtime_events, name="realtime-events"),
]
