from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.web.json_field
from tropeiro.web.protection import protect


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="WorkflowTest",
            fields=[
                ("job_id", models.UUIDField(primary_key=True, serialize=False)),
                ("workflow_id", models.UUIDField()),
                ("text", models.TextField()),
                ("places", tropeiro.web.json_field.JsonValue(default=list)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_workflow_test",
            },
        ),
        migrations.AddIndex(
            model_name="workflowtest",
            index=models.Index(fields=["workflow_id", "-job_id"], name="tropeiro_workflow_test_latest"),
        ),
        protect("tropeiro_workflow_test", "SELECT, INSERT, DELETE"),
    )
