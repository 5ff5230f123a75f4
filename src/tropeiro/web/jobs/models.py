"""The job tables as Django reads them. Their definition stands in ``tropeiro/sql/schema``; nothing here is managed."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.json_field import JsonText, JsonValue


class Job(models.Model):
    """One execution of a workflow or a service."""

    id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    project_id = models.UUIDField(null=True)
    workflow_version_id = models.UUIDField(null=True)
    service_version_id = models.UUIDField(null=True)
    name = models.TextField()
    route_digest = models.TextField()
    engine = models.TextField(default="native")
    state = models.TextField(default="queued")
    trigger = models.TextField(default="manual")
    trigger_id = models.UUIDField(null=True)
    priority = models.SmallIntegerField(default=0)
    mock = models.BooleanField(default=False)
    inputs = JsonText(null=True)
    inputs_blob = models.TextField(null=True)
    output = JsonText(null=True)
    output_blob = models.TextField(null=True)
    error = JsonValue(null=True)
    parent_job_id = models.UUIDField(null=True)
    parent_packet_id = models.UUIDField(null=True)
    root_job_id = models.UUIDField()
    rerun_of_id = models.UUIDField(null=True)
    started_by_id = models.BigIntegerField(null=True)
    trace = models.TextField(default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "tropeiro_job"


class Route(models.Model):
    """The pinned document that the jobs of one version share."""

    pk: Any = models.CompositePrimaryKey("organization_id", "digest")
    organization_id = models.UUIDField()
    digest = models.TextField()
    text = JsonText()

    class Meta:
        managed = False
        db_table = "tropeiro_route"


class Step(models.Model):
    """One attempt of a step that came to its end."""

    pk: Any = models.CompositePrimaryKey("job_id", "path", "round", "attempt")
    job_id = models.UUIDField()
    organization_id = models.UUIDField()
    path = models.TextField()
    round = models.IntegerField()
    attempt = models.IntegerField()
    n = models.IntegerField()
    state = models.TextField()
    uses = models.TextField(default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    reused = models.BooleanField(default=False)
    worker = models.TextField(default="")
    input = JsonText(null=True)
    output = JsonText(null=True)
    output_blob = models.TextField(null=True)
    error = JsonValue(null=True)

    class Meta:
        managed = False
        db_table = "tropeiro_step"


class Log(models.Model):
    """One line of a job's log."""

    pk: Any = models.CompositePrimaryKey("job_id", "id")
    job_id = models.UUIDField()
    organization_id = models.UUIDField()
    id = models.BigIntegerField()
    at = models.DateTimeField()
    level = models.SmallIntegerField()
    path = models.TextField(default="")
    attempt = models.IntegerField(default=1)
    worker = models.TextField(default="")
    message = models.TextField()
    fields = JsonValue(null=True)

    class Meta:
        managed = False
        db_table = "tropeiro_log"


class Packet(models.Model):
    """A packet under way; only what screens show of it."""

    id = models.UUIDField(primary_key=True)
    job_id = models.UUIDField()
    organization_id = models.UUIDField()
    state = models.TextField()
    hold = models.BooleanField()
    path = models.TextField()
    uses = models.TextField()
    attempt = models.IntegerField()
    round = models.IntegerField()
    join_id = models.UUIDField(null=True)
    wait_kind = models.TextField()
    question = JsonValue(null=True)
    progress = models.FloatField(null=True)
    progress_note = models.TextField()
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "tropeiro_packet"
