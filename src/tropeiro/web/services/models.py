"""Tables of services and their versions. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.db import models

from tropeiro.web.json_field import JsonValue
from tropeiro.web.uuid_key import uuid_key


class Service(models.Model):
    """Something a step can call. ``removed_at`` hides it; its versions stay for the jobs that know them."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    project: Any = models.ForeignKey("projects.Project", models.PROTECT, related_name="+")
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    visibility = models.CharField(max_length=8, choices=[("private", "private"), ("public", "public")])
    title = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    tags = JsonValue(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tropeiro_service"
        constraints = (
            models.UniqueConstraint(fields=["project", "name"], name="tropeiro_service_name"),
            models.CheckConstraint(
                condition=models.Q(visibility__in=["private", "public"]), name="tropeiro_service_visibility"
            ),
        )
        indexes = (
            models.Index(fields=["organization", "name"], name="tropeiro_service_own"),
            models.Index(
                fields=["organization"], name="tropeiro_service_public", condition=models.Q(visibility="public")
            ),
        )


class ServiceVersion(models.Model):
    """One revision of one version, never changed. A pin names its id, so what was pinned stays what it was."""

    id = uuid_key()
    organization: Any = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")
    service: Any = models.ForeignKey(Service, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    implementation = JsonValue()
    input_schema = JsonValue(null=True)
    output_schema = JsonValue(null=True)
    timeout_ms = models.BigIntegerField(default=300_000)
    retry = JsonValue(default=dict)
    idempotent = models.BooleanField(default=True)
    pure = models.BooleanField(default=False)
    credential_kind = models.CharField(max_length=64, blank=True, default="")
    contract_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_service_version"
        constraints = (
            models.UniqueConstraint(fields=["service", "version", "revision"], name="tropeiro_service_version_number"),
        )
