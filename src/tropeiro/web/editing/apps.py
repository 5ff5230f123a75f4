from __future__ import annotations

from django.apps import AppConfig


class EditingConfig(AppConfig):
    name = "tropeiro.web.editing"
    default_auto_field = "django.db.models.BigAutoField"
