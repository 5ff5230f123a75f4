from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
from tropeiro.web.protection import protect, same_organization


class Migration(migrations.Migration):
    dependencies = (
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
        ("workflows", "0002_pinned_outside"),
    )

    operations = (
        migrations.CreateModel(
            name="WorkflowDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=64)),
                ("text", models.TextField(null=True)),
                ("base", models.PositiveIntegerField(default=0)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("changed_by_id", models.BigIntegerField(null=True)),
                ("changed_at", models.DateTimeField(auto_now_add=True)),
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
                "db_table": "tropeiro_workflow_draft",
            },
        ),
        migrations.AddConstraint(
            model_name="workflowdraft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name", ""), _negated=True),
                fields=("organization", "project", "name"),
                name="tropeiro_workflow_draft_name",
                nulls_distinct=False,
            ),
        ),
        same_organization("tropeiro_workflow_draft", "project_id", "tropeiro_project"),
        protect("tropeiro_workflow_draft", "SELECT, INSERT, UPDATE, DELETE"),
    )
