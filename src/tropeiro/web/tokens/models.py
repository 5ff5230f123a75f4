"""Table of API tokens. Private to this app; the token itself is nowhere, only its digest."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.permissions import Role
from tropeiro.web.uuid_key import uuid_key


class Token(models.Model):
    """What a program shows to act for an organization, in the name of the user who made it."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    # Null for a token that the command line of the machine made.
    user: Any = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=100)
    # The first characters, by which people tell tokens apart.
    prefix = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tropeiro_token"
        constraints = (models.UniqueConstraint(fields=["digest"], name="tropeiro_token_digest"),)
        indexes = (models.Index(fields=["organization", "-id"], name="tropeiro_token_recent"),)
