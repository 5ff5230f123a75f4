from __future__ import annotations

from django.db import migrations

from tropeiro import sql


class Migration(migrations.Migration):
    dependencies = (("tokens", "0001_initial"),)

    operations = (migrations.RunSQL(sql.schema("111_token_rates"), migrations.RunSQL.noop),)
