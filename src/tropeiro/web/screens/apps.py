from __future__ import annotations

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "tropeiro.web.screens"
