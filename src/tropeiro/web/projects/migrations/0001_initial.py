from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
from tropeiro.web.protection import identified_with_organization, protect


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_project",
                "constraints": [models.UniqueConstraint(fields=("organization", "slug"), name="tropeiro_project_slug")],
            },
        ),
        identified_with_organization("tropeiro_project"),
        protect("tropeiro_project", "SELECT, INSERT, UPDATE"),
    )
