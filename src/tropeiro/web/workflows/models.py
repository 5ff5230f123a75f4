"""Tables of workflows, their versions and their drafts. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tropeiro.kernel.ids import uuid7
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


class WorkflowDraft(models.Model):
    """What somebody is writing: of a workflow that is there, or of one that was never published.

    Its id is the workflow's, also of one that is to be. No foreign key, for the draft is first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    # Where it will stand and under which name; neither for a workflow that is there, which says so itself.
    project: Any = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=64, blank=True, default="")
    # NULL where it says what the newest version says. The row stays, so that no revision comes twice.
    text = models.TextField(null=True)
    base = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    changed_by_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_workflow_draft"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "project", "name"],
                condition=~models.Q(name=""),
                name="tropeiro_workflow_draft_name",
                nulls_distinct=False,
            ),
        )
