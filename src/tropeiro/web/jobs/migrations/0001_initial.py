from __future__ import annotations

from django.db import migrations, models

import tropeiro.web.json_field
from tropeiro import sql

SCHEMA = ("020_jobs", "030_queue", "035_limits", "040_start", "045_lease", "050_settle", "060_acts", "070_duties")


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        *(migrations.RunSQL(sql.schema(name), migrations.RunSQL.noop) for name in SCHEMA),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("project_id", models.UUIDField(null=True)),
                ("workflow_version_id", models.UUIDField(null=True)),
                ("service_version_id", models.UUIDField(null=True)),
                ("name", models.TextField()),
                ("route_digest", models.TextField()),
                ("engine", models.TextField(default="native")),
                ("state", models.TextField(default="queued")),
                ("trigger", models.TextField(default="manual")),
                ("trigger_id", models.UUIDField(null=True)),
                ("priority", models.SmallIntegerField(default=0)),
                ("mock", models.BooleanField(default=False)),
                ("inputs", tropeiro.web.json_field.JsonText(null=True)),
                ("inputs_blob", models.TextField(null=True)),
                ("output", tropeiro.web.json_field.JsonText(null=True)),
                ("output_blob", models.TextField(null=True)),
                ("error", tropeiro.web.json_field.JsonValue(null=True)),
                ("parent_job_id", models.UUIDField(null=True)),
                ("parent_packet_id", models.UUIDField(null=True)),
                ("root_job_id", models.UUIDField()),
                ("rerun_of_id", models.UUIDField(null=True)),
                ("started_by_id", models.BigIntegerField(null=True)),
                ("trace", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("deadline_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "tropeiro_job",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Log",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "job_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("job_id", models.UUIDField()),
                ("organization_id", models.UUIDField()),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("level", models.SmallIntegerField()),
                ("path", models.TextField(default="")),
                ("attempt", models.IntegerField(default=1)),
                ("worker", models.TextField(default="")),
                ("message", models.TextField()),
                ("fields", tropeiro.web.json_field.JsonValue(null=True)),
            ],
            options={
                "db_table": "tropeiro_log",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Packet",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("job_id", models.UUIDField()),
                ("organization_id", models.UUIDField()),
                ("state", models.TextField()),
                ("hold", models.BooleanField()),
                ("path", models.TextField()),
                ("uses", models.TextField()),
                ("attempt", models.IntegerField()),
                ("round", models.IntegerField()),
                ("join_id", models.UUIDField(null=True)),
                ("wait_kind", models.TextField()),
                ("question", tropeiro.web.json_field.JsonValue(null=True)),
                ("progress", models.FloatField(null=True)),
                ("progress_note", models.TextField()),
                ("since", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "tropeiro_packet",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("digest", models.TextField()),
                ("text", tropeiro.web.json_field.JsonText()),
            ],
            options={
                "db_table": "tropeiro_route",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "job_id",
                        "path",
                        "round",
                        "attempt",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("job_id", models.UUIDField()),
                ("organization_id", models.UUIDField()),
                ("path", models.TextField()),
                ("round", models.IntegerField()),
                ("attempt", models.IntegerField()),
                ("n", models.IntegerField()),
                ("state", models.TextField()),
                ("uses", models.TextField(default="")),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                ("reused", models.BooleanField(default=False)),
                ("worker", models.TextField(default="")),
                ("input", tropeiro.web.json_field.JsonText(null=True)),
                ("output", tropeiro.web.json_field.JsonText(null=True)),
                ("output_blob", models.TextField(null=True)),
                ("error", tropeiro.web.json_field.JsonValue(null=True)),
            ],
            options={
                "db_table": "tropeiro_step",
                "managed": False,
            },
        ),
    )
