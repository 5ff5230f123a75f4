from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from tropeiro.web.protection import protect


class Migration(migrations.Migration):
    initial = True

    dependencies = (("accounts", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
                ("seed", models.BigIntegerField()),
                ("filled_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "tropeiro_sample"},
        ),
        protect("tropeiro_sample", "SELECT"),
    )
