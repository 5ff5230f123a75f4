from __future__ import annotations

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "tropeiro.web.analytics"
    default_auto_field = "django.db.models.BigAutoField"
