"""Table of idempotency keys. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models


class IdempotencyKey(models.Model):
    """That a request with this key started this job. A second request with it starts none."""

    pk = models.CompositePrimaryKey("organization_id", "key")
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    # Of the request, so that a key that comes back with another one is noticed.
    digest = models.BinaryField(max_length=32)
    job_id = models.UUIDField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_idempotency_key"
        indexes = (models.Index(fields=["organization", "at"], name="tropeiro_idempotency_key_age"),)
