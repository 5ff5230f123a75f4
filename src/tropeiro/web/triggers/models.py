"""The tables of triggers as Django sees them, defined in ``tropeiro/sql/schema``. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tropeiro.web.json_field import JsonText, JsonValue
from tropeiro.web.uuid_key import uuid_key


class Trigger(models.Model):
    """Something that starts jobs of one target by itself."""

    id = uuid_key()
    organization_id = models.UUIDField()
    project_id = models.UUIDField(null=True)
    name = models.TextField()
    kind = models.TextField(default="schedule")
    enabled = models.BooleanField(default=True)
    workflow_id = models.UUIDField(null=True)
    service_id = models.UUIDField(null=True)
    version = models.IntegerField(null=True)
    target = models.TextField()
    inputs = JsonText(default="{}")
    cron = models.TextField(default="")
    every_ms = models.BigIntegerField(default=0)
    zone = models.TextField(default="UTC")
    anchor_at = models.DateTimeField(default=timezone.now)
    start_at = models.DateTimeField(null=True)
    end_at = models.DateTimeField(null=True)
    overlap = models.TextField(default="skip")
    catch_up = models.TextField(default="latest")
    grace_ms = models.BigIntegerField(default=86_400_000)
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    last_outcome = models.TextField(default="")
    last_job_id = models.UUIDField(null=True)
    failures = models.IntegerField(default=0)
    paused = JsonValue(null=True)
    running: Any = ArrayField(models.UUIDField(), default=list)
    waiting = models.IntegerField(default=0)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "tropeiro_trigger"


class Firing(models.Model):
    """What became of one moment at which a trigger was due."""

    pk: Any = models.CompositePrimaryKey("trigger_id", "scheduled_for")
    trigger_id = models.UUIDField()
    scheduled_for = models.DateTimeField()
    organization_id = models.UUIDField()
    outcome = models.TextField()
    by_hand = models.BooleanField(default=False)
    job_id = models.UUIDField(null=True)
    missed = models.IntegerField(default=0)
    error = JsonValue(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "tropeiro_firing"
