from __future__ import annotations

import django.contrib.postgres.fields
import django.utils.timezone
from django.db import migrations, models

import tropeiro.kernel.ids
import tropeiro.web.json_field
from tropeiro import sql
from tropeiro.web.protection import same_organization

# The definition in SQL stands alone, so what it refers to in other apps is said here.
REFERENCES = """
ALTER TABLE tropeiro_trigger
    ADD CONSTRAINT tropeiro_trigger_organization FOREIGN KEY (organization_id) REFERENCES tropeiro_organization (id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT tropeiro_trigger_service FOREIGN KEY (service_id) REFERENCES tropeiro_service (id)
        DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = (
        ("projects", "0001_initial"),
        ("services", "0001_initial"),
        ("workflows", "0001_initial"),
        ("jobs", "0001_initial"),
    )

    operations = (
        # Defined in SQL, which stands alone; Django is told what came of it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(sql.schema("080_triggers"), migrations.RunSQL.noop),
                migrations.RunSQL(REFERENCES, migrations.RunSQL.noop),
                same_organization("tropeiro_trigger", "project_id", "tropeiro_project"),
                same_organization("tropeiro_trigger", "workflow_id", "tropeiro_workflow"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Firing",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "trigger_id",
                                "scheduled_for",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("trigger_id", models.UUIDField()),
                        ("scheduled_for", models.DateTimeField()),
                        ("organization_id", models.UUIDField()),
                        ("outcome", models.TextField()),
                        ("by_hand", models.BooleanField(default=False)),
                        ("job_id", models.UUIDField(null=True)),
                        ("missed", models.IntegerField(default=0)),
                        ("error", tropeiro.web.json_field.JsonValue(null=True)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "tropeiro_firing",
                    },
                ),
                migrations.CreateModel(
                    name="Trigger",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("organization_id", models.UUIDField()),
                        ("project_id", models.UUIDField(null=True)),
                        ("name", models.TextField()),
                        ("kind", models.TextField(default="schedule")),
                        ("enabled", models.BooleanField(default=True)),
                        ("workflow_id", models.UUIDField(null=True)),
                        ("service_id", models.UUIDField(null=True)),
                        ("version", models.IntegerField(null=True)),
                        ("target", models.TextField()),
                        ("inputs", tropeiro.web.json_field.JsonText(default="{}")),
                        ("cron", models.TextField(default="")),
                        ("every_ms", models.BigIntegerField(default=0)),
                        ("zone", models.TextField(default="UTC")),
                        ("anchor_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("start_at", models.DateTimeField(null=True)),
                        ("end_at", models.DateTimeField(null=True)),
                        ("overlap", models.TextField(default="skip")),
                        ("catch_up", models.TextField(default="latest")),
                        ("grace_ms", models.BigIntegerField(default=86_400_000)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("last_at", models.DateTimeField(null=True)),
                        ("last_outcome", models.TextField(default="")),
                        ("last_job_id", models.UUIDField(null=True)),
                        ("failures", models.IntegerField(default=0)),
                        ("paused", tropeiro.web.json_field.JsonValue(null=True)),
                        (
                            "running",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(), default=list, size=None
                            ),
                        ),
                        ("waiting", models.IntegerField(default=0)),
                        ("created_by_id", models.BigIntegerField(null=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        "db_table": "tropeiro_trigger",
                    },
                ),
            ],
        ),
    )
