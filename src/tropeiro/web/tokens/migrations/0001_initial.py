from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tropeiro.kernel.ids

# A tenant writes a digest and never reads one.
PRIVILEGES = """
SELECT tropeiro_protect('tropeiro_token', 'INSERT');
GRANT SELECT (id, organization_id, user_id, name, prefix, role, created_at, expires_at, last_used_at, revoked_at),
    UPDATE (revoked_at) ON tropeiro_token TO tropeiro_tenant;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("prefix", models.CharField(max_length=16)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("admin", "admin"),
                            ("editor", "editor"),
                            ("operator", "operator"),
                            ("viewer", "viewer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_token",
                "indexes": [models.Index(fields=["organization", "-id"], name="tropeiro_token_recent")],
                "constraints": [models.UniqueConstraint(fields=["digest"], name="tropeiro_token_digest")],
            },
        ),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
    )
