"""Table of the organizations that hold a sample. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models


class Sample(models.Model):
    """That everything in an organization is made up. Without this mark nothing is ever taken away."""

    organization: Any = models.OneToOneField(
        "accounts.Organization", models.CASCADE, primary_key=True, related_name="+"
    )
    seed = models.BigIntegerField()
    filled_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_sample"
