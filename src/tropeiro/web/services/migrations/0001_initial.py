from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
import tropeiro.web.json_field
from tropeiro.web.protection import identified_with_organization, immutable, protect, same_organization

# The catalogue: whoever offers a service to all is seen by all, as far as its name goes.
CATALOGUE = """
CREATE POLICY catalogue ON tropeiro_service FOR SELECT TO tropeiro_tenant
    USING (visibility = 'public' AND removed_at IS NULL);
CREATE POLICY catalogue ON tropeiro_service_version FOR SELECT TO tropeiro_tenant USING (EXISTS (
    SELECT FROM tropeiro_service s
    WHERE s.id = tropeiro_service_version.service_id AND s.visibility = 'public' AND s.removed_at IS NULL));
CREATE POLICY catalogue ON tropeiro_project FOR SELECT TO tropeiro_tenant USING (EXISTS (
    SELECT FROM tropeiro_service s
    WHERE s.project_id = tropeiro_project.id AND s.visibility = 'public' AND s.removed_at IS NULL));
CREATE POLICY catalogue ON tropeiro_organization FOR SELECT TO tropeiro_tenant USING (EXISTS (
    SELECT FROM tropeiro_service s
    WHERE s.organization_id = tropeiro_organization.id AND s.visibility = 'public' AND s.removed_at IS NULL));
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = (
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
    )

    operations = (
        migrations.CreateModel(
            name="Service",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=16)),
                ("visibility", models.CharField(choices=[("private", "private"), ("public", "public")], max_length=8)),
                ("title", models.CharField(blank=True, default="", max_length=200)),
                ("description", models.TextField(blank=True, default="")),
                ("tags", tropeiro.web.json_field.JsonValue(default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_service",
            },
        ),
        migrations.CreateModel(
            name="ServiceVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("implementation", tropeiro.web.json_field.JsonValue()),
                ("input_schema", tropeiro.web.json_field.JsonValue(null=True)),
                ("output_schema", tropeiro.web.json_field.JsonValue(null=True)),
                ("timeout_ms", models.BigIntegerField(default=300000)),
                ("retry", tropeiro.web.json_field.JsonValue(default=dict)),
                ("idempotent", models.BooleanField(default=True)),
                ("pure", models.BooleanField(default=False)),
                ("credential_kind", models.CharField(blank=True, default="", max_length=64)),
                ("contract_digest", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="services.service"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_service_version",
            },
        ),
        migrations.AddIndex(
            model_name="service",
            index=models.Index(fields=["organization", "name"], name="tropeiro_service_own"),
        ),
        migrations.AddIndex(
            model_name="service",
            index=models.Index(
                condition=models.Q(("visibility", "public")), fields=["organization"], name="tropeiro_service_public"
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="tropeiro_service_name"),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["private", "public"])), name="tropeiro_service_visibility"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceversion",
            constraint=models.UniqueConstraint(
                fields=("service", "version", "revision"), name="tropeiro_service_version_number"
            ),
        ),
        identified_with_organization("tropeiro_service"),
        same_organization("tropeiro_service", "project_id", "tropeiro_project"),
        same_organization("tropeiro_service_version", "service_id", "tropeiro_service"),
        protect("tropeiro_service", "SELECT, INSERT, UPDATE"),
        protect("tropeiro_service_version", "SELECT, INSERT"),
        immutable("tropeiro_service_version"),
        migrations.RunSQL(CATALOGUE, migrations.RunSQL.noop),
    )
