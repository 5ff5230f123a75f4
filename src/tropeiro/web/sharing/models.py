"""Table of links to workflows. Private to this app; the link's token itself is nowhere, only its digest."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import models

from tropeiro.web.uuid_key import uuid_key


class Purpose(StrEnum):
    """What a link is for."""

    COPY = "copy"
    """Whoever has it may copy the workflow into an organization of their own."""
    EMBED = "embed"
    """Whoever has it sees the diagram and how the last run went, without logging in."""


class Link(models.Model):
    """A way in to one workflow, for whoever has the token."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    workflow: Any = models.ForeignKey("workflows.Workflow", models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Purpose])
    # Null for always the newest.
    version = models.PositiveIntegerField(null=True)
    # For whom it is, so that people know later what stops when they revoke it.
    note = models.CharField(max_length=100, blank=True, default="")
    digest = models.BinaryField(max_length=32)
    # The name that the audit log has for whoever made it: it stays when the account goes.
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # Copies that were made by it.
    uses = models.PositiveIntegerField(default=0)
    # When a copy was made, or the diagram was looked at; noted once a minute.
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tropeiro_workflow_link"
        constraints = (models.UniqueConstraint(fields=["digest"], name="tropeiro_workflow_link_digest"),)
        indexes = (models.Index(fields=["organization", "workflow", "-id"], name="tropeiro_workflow_link_recent"),)
