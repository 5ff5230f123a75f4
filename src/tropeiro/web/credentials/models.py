"""Table of credentials. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.json_field import JsonValue
from tropeiro.web.uuid_key import uuid_key


class Credential(models.Model):
    """A named secret of an organization, or of one of its projects. ``sealed`` is what `kernel.sealing` makes."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    project: Any = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    fields = JsonValue(default=list)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        db_table = "tropeiro_credential"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "project", "name"], name="tropeiro_credential_name", nulls_distinct=False
            ),
        )
