from __future__ import annotations

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tropeiro.web.tokens"
    default_auto_field = "django.db.models.BigAutoField"
