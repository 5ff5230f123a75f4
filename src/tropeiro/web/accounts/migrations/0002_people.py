from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
from tropeiro.web.protection import protect

ROLES = ("owner", "admin", "editor", "operator", "viewer")

# What Django's cache in the database expects; it holds counts of attempts, and no tenant sees it.
CACHE = """
CREATE TABLE tropeiro_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX tropeiro_cache_expires ON tropeiro_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.AddField("user", "time_zone", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("user", "theme", models.CharField(blank=True, default="", max_length=16)),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("role", models.CharField(choices=[(role, role) for role in ROLES], max_length=16)),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                ("token_digest", models.BinaryField(unique=True)),
                ("invited_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("accepted_by", models.CharField(blank=True, default="", max_length=254)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_invitation",
                "indexes": [models.Index(fields=["organization", "-id"], name="tropeiro_invitation_recent")],
            },
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("signup", models.BooleanField()),
            ],
            options={
                "db_table": "tropeiro_installation",
                "constraints": [models.CheckConstraint(condition=models.Q(id=1), name="tropeiro_installation_once")],
            },
        ),
        protect("tropeiro_invitation", "SELECT, INSERT, UPDATE"),
        migrations.RunSQL(CACHE, "DROP TABLE tropeiro_cache"),
    )
