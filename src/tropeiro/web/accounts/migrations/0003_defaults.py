from __future__ import annotations

from django.db import migrations, models

GRANTS = "GRANT SELECT (language, time_zone), UPDATE (language, time_zone) ON tropeiro_organization TO tropeiro_tenant"


class Migration(migrations.Migration):
    dependencies = (("accounts", "0002_people"),)

    operations = (
        migrations.AddField(
            "organization", "language", models.CharField(blank=True, db_default="", default="", max_length=10)
        ),
        migrations.AddField(
            "organization", "time_zone", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    )
