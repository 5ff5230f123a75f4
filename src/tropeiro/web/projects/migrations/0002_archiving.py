from __future__ import annotations

from django.db import migrations, models

from tropeiro import sql


class Migration(migrations.Migration):
    dependencies = (
        ("projects", "0001_initial"),
        ("services", "0001_initial"),
        ("workflows", "0001_initial"),
    )

    operations = (
        migrations.AddField(
            model_name="project",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="project",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("archived_at__isnull", False), _connector="OR"),
                name="tropeiro_project_deleted_is_archived",
            ),
        ),
        migrations.RunSQL(sql.schema("085_archiving"), migrations.RunSQL.noop),
    )
