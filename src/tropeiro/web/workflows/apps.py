from __future__ import annotations

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "tropeiro.web.workflows"
    default_auto_field = "django.db.models.BigAutoField"
