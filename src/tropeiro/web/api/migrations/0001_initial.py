from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from tropeiro.web.protection import immutable, protect


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("digest", models.BinaryField(max_length=32)),
                ("job_id", models.UUIDField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_idempotency_key",
                "indexes": [models.Index(fields=["organization", "at"], name="tropeiro_idempotency_key_age")],
            },
        ),
        # UPDATE only for locking: a row never changes.
        protect("tropeiro_idempotency_key", "SELECT, INSERT, DELETE, UPDATE"),
        immutable("tropeiro_idempotency_key"),
    )
