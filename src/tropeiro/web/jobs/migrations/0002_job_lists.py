from __future__ import annotations

from django.db import migrations

from tropeiro import sql


class Migration(migrations.Migration):
    dependencies = (("jobs", "0001_initial"),)

    operations = (migrations.RunSQL(sql.schema("091_job_lists"), migrations.RunSQL.noop),)
