from __future__ import annotations

from django.db import migrations

from tropeiro import sql


class Migration(migrations.Migration):
    dependencies = (("jobs", "0002_job_lists"), ("accounts", "0004_suspension"))

    operations = (migrations.RunSQL(sql.schema("110_suspension"), migrations.RunSQL.noop),)
