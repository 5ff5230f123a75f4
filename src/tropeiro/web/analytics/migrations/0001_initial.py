from __future__ import annotations

from django.db import migrations

from tropeiro import sql


class Migration(migrations.Migration):
    initial = True

    dependencies = (("jobs", "0001_initial"),)

    # Reads alone, as plain values: Django is told of no models.
    operations = (migrations.RunSQL(sql.schema("090_rollups"), migrations.RunSQL.noop),)
