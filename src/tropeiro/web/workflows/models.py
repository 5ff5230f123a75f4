"""Tables of workflows and their versions. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tropeiro.web.json_field import JsonText
from tropeiro.web.uuid_key import uuid_key


class Workflow(models.Model):
    """An array of steps under a name. ``automation`` marks the inside of an automation service of the same name."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    project: Any = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=64)
    description = models.TextField(blank=True, default="")
    automation = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tropeiro_workflow"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "project", "name", "automation"],
                name="tropeiro_workflow_name",
                nulls_distinct=False,
            ),
        )


class WorkflowVersion(models.Model):
    """One version, never changed: the document as written, and as pinned, which is what jobs run."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    workflow: Any = models.ForeignKey(Workflow, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    document = models.TextField()
    pinned = JsonText()
    pins: Any = ArrayField(models.UUIDField(), default=list)
    message = models.CharField(max_length=500, blank=True, default="")
    # No foreign key: the row must stay as it is also when its author's account goes.
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_workflow_version"
        constraints = (
            models.UniqueConstraint(fields=["workflow", "version"], name="tropeiro_workflow_version_number"),
        )
        indexes = (GinIndex(fields=["pins"], name="tropeiro_workflow_version_pins"),)
