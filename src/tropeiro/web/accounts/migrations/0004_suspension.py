from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from tropeiro.web.protection import protect


class Migration(migrations.Migration):
    dependencies = (("accounts", "0003_defaults"),)

    operations = (
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
                ("reason", models.CharField(max_length=1000)),
                ("suspended_by", models.CharField(max_length=254)),
                ("suspended_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "tropeiro_suspension"},
        ),
        protect("tropeiro_suspension", "SELECT"),
    )
