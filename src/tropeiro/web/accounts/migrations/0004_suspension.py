from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from tropeiro import sql
from tropeiro.web.protection import protect


class Migration(migrations.Migration):
    dependencies = (("accounts", "0003_defaults"),)

    operations = (
        migrations.RunSQL(sql.schema("110_suspension"), migrations.RunSQL.noop),
        protect("tropeiro_suspension", "SELECT"),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="suspension",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                ("reason", models.TextField()),
                ("suspended_by", models.TextField()),
                ("suspended_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "tropeiro_suspension", "managed": False},
        ),
    )
