"""Table of the audit log. Private to this app; rows are added and never changed."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.json_field import JsonValue
from tropeiro.web.uuid_key import uuid_key


class Audit(models.Model):
    """One act. The actor's name stands beside the id, so that it can still be read when the user is gone."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254)
    verb = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(max_length=300, blank=True, default="")
    details = JsonValue(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_audit"
        indexes = (models.Index(fields=["organization", "-id"], name="tropeiro_audit_recent"),)
