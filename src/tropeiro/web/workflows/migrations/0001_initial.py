from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import tropeiro.kernel.ids
import tropeiro.web.json_field
from tropeiro.web.protection import identified_with_organization, immutable, protect, same_organization

# Who still needs a service version: the newest version of a workflow that pinned it. Of other organizations only how
# many there are is told.
PINNED_BY = """
CREATE FUNCTION tropeiro_pinned_by(p_services uuid[])
    RETURNS TABLE (service_version_id uuid, workflow_id uuid, project text, name text, automation boolean, own boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pin, CASE WHEN own THEN w.id END, CASE WHEN own THEN coalesce(p.slug, '') ELSE '' END,
        CASE WHEN own THEN w.name ELSE '' END, w.automation, own
    FROM tropeiro_workflow_version v
    JOIN tropeiro_workflow w ON w.id = v.workflow_id AND w.removed_at IS NULL
    LEFT JOIN tropeiro_project p ON p.id = w.project_id
    CROSS JOIN LATERAL (SELECT coalesce(w.organization_id = tropeiro_organization(), false) AS own) o
    CROSS JOIN LATERAL unnest(v.pins) AS pin
    WHERE v.pins && p_services AND pin = ANY (p_services)
      AND v.version = (SELECT max(n.version) FROM tropeiro_workflow_version n WHERE n.workflow_id = w.id)
$$;
REVOKE EXECUTE ON FUNCTION tropeiro_pinned_by(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tropeiro_pinned_by(uuid[]) TO tropeiro_tenant;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = (
        ("accounts", "0001_initial"),
        ("projects", "0001_initial"),
    )

    operations = (
        migrations.CreateModel(
            name="Workflow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("description", models.TextField(blank=True, default="")),
                ("automation", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(null=True)),
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
                "db_table": "tropeiro_workflow",
            },
        ),
        migrations.CreateModel(
            name="WorkflowVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("document", models.TextField()),
                ("pinned", tropeiro.web.json_field.JsonText()),
                (
                    "pins",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("message", models.CharField(blank=True, default="", max_length=500)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "workflow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="workflows.workflow"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_workflow_version",
            },
        ),
        migrations.AddConstraint(
            model_name="workflow",
            constraint=models.UniqueConstraint(
                fields=("organization", "project", "name", "automation"),
                name="tropeiro_workflow_name",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="workflowversion",
            index=django.contrib.postgres.indexes.GinIndex(fields=["pins"], name="tropeiro_workflow_version_pins"),
        ),
        migrations.AddConstraint(
            model_name="workflowversion",
            constraint=models.UniqueConstraint(fields=("workflow", "version"), name="tropeiro_workflow_version_number"),
        ),
        identified_with_organization("tropeiro_workflow"),
        same_organization("tropeiro_workflow", "project_id", "tropeiro_project"),
        same_organization("tropeiro_workflow_version", "workflow_id", "tropeiro_workflow"),
        protect("tropeiro_workflow", "SELECT, INSERT, UPDATE"),
        protect("tropeiro_workflow_version", "SELECT, INSERT"),
        immutable("tropeiro_workflow_version"),
        migrations.RunSQL(PINNED_BY, "DROP FUNCTION tropeiro_pinned_by(uuid[])"),
    )
