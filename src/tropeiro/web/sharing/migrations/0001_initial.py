from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
from tropeiro.web.protection import same_organization

# A tenant writes a digest and never reads one; that a link was used is noted by nobody's tenant.
PRIVILEGES = """
SELECT tropeiro_protect('tropeiro_workflow_link', 'INSERT');
GRANT SELECT (id, organization_id, workflow_id, purpose, version, note, created_by, created_at, expires_at, revoked_at,
    uses, last_used_at), UPDATE (revoked_at) ON tropeiro_workflow_link TO tropeiro_tenant;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = (
        ("accounts", "0001_initial"),
        ("workflows", "0001_initial"),
    )

    operations = (
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.CharField(choices=[("copy", "copy"), ("embed", "embed")], max_length=8)),
                ("version", models.PositiveIntegerField(null=True)),
                ("note", models.CharField(blank=True, default="", max_length=100)),
                ("digest", models.BinaryField(max_length=32)),
                ("created_by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("uses", models.PositiveIntegerField(default=0)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "workflow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="workflows.workflow"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_workflow_link",
                "indexes": [
                    models.Index(fields=["organization", "workflow", "-id"], name="tropeiro_workflow_link_recent")
                ],
                "constraints": [models.UniqueConstraint(fields=["digest"], name="tropeiro_workflow_link_digest")],
            },
        ),
        same_organization("tropeiro_workflow_link", "workflow_id", "tropeiro_workflow"),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
    )
