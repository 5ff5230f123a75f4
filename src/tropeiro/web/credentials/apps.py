from __future__ import annotations

from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "tropeiro.web.credentials"
    default_auto_field = "django.db.models.BigAutoField"
