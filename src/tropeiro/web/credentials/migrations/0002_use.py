from __future__ import annotations

from django.db import migrations, models

from tropeiro import sql


class Migration(migrations.Migration):
    dependencies = (
        ("credentials", "0001_initial"),
        ("workflows", "0001_initial"),
    )

    operations = (
        migrations.AddField(
            model_name="credential",
            name="updated_by",
            field=models.CharField(blank=True, default="", max_length=254),
        ),
        migrations.RunSQL(sql.schema("086_credential_use"), migrations.RunSQL.noop),
    )
