from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
import tropeiro.web.json_field
from tropeiro.web.protection import immutable, protect


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="Audit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor", models.CharField(max_length=254)),
                ("verb", models.CharField(max_length=64)),
                ("object_type", models.CharField(max_length=32)),
                ("object_id", models.CharField(max_length=64)),
                ("object_name", models.CharField(blank=True, default="", max_length=300)),
                ("details", tropeiro.web.json_field.JsonValue(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_audit",
                "indexes": [models.Index(fields=["organization", "-id"], name="tropeiro_audit_recent")],
            },
        ),
        protect("tropeiro_audit", "SELECT, INSERT"),
        immutable("tropeiro_audit", "UPDATE OR DELETE"),
    )
