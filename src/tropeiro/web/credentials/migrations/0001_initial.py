from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
import tropeiro.web.json_field
from tropeiro.web.protection import protect, same_organization


class Migration(migrations.Migration):
    initial = True

    dependencies = (
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
    )

    operations = (
        migrations.CreateModel(
            name="Credential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=64)),
                ("fields", tropeiro.web.json_field.JsonValue(default=list)),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_credential",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "project", "name"),
                        name="tropeiro_credential_name",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        same_organization("tropeiro_credential", "project_id", "tropeiro_project"),
        protect("tropeiro_credential", "SELECT, INSERT, UPDATE, DELETE"),
    )
