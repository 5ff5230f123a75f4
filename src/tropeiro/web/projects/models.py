"""Table of projects. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.uuid_key import uuid_key


class Project(models.Model):
    """Groups services and automations that belong together; its services run with its own credentials.

    Nothing of an archived one starts. A deleted one is archived and hidden; its row stays for the history, which names
    it.
    """

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    slug = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tropeiro_project"
        constraints = (
            models.UniqueConstraint(fields=["organization", "slug"], name="tropeiro_project_slug"),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True) | models.Q(archived_at__isnull=False),
                name="tropeiro_project_deleted_is_archived",
            ),
        )
