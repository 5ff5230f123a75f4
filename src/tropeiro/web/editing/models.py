"""Table of test runs. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.json_field import JsonValue


class WorkflowTest(models.Model):
    """A test run of a draft: which job it is, of what text, and what of its document stands where in that text."""

    # No foreign keys: jobs go week by week, and the draft may never become a workflow.
    job_id = models.UUIDField(primary_key=True)
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    workflow_id = models.UUIDField()
    text = models.TextField()
    places: Any = JsonValue(default=list)

    class Meta:
        db_table = "tropeiro_workflow_test"
        indexes = (models.Index(fields=["workflow_id", "-job_id"], name="tropeiro_workflow_test_latest"),)
