from __future__ import annotations

from django.db import migrations

from tropeiro import sql

SCHEMA = ("092_logs", "093_retention")


class Migration(migrations.Migration):
    initial = True

    dependencies = (("jobs", "0001_initial"),)

    # Read and changed as plain values: Django is told of no models.
    operations = tuple(migrations.RunSQL(sql.schema(name), migrations.RunSQL.noop) for name in SCHEMA)
