from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tropeiro.kernel.ids
from tropeiro import sql
from tropeiro.web.protection import protect

REFUSE = """
CREATE FUNCTION tropeiro_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
"""

# A tenant sees its own organization, and of that not the data key, which it gets one at a time from the function.
ORGANIZATION = """
ALTER TABLE tropeiro_organization ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tropeiro_organization TO tropeiro_tenant
    USING (id = tropeiro_organization()) WITH CHECK (id = tropeiro_organization());
GRANT SELECT (id, slug, name, created_at), UPDATE (name) ON tropeiro_organization TO tropeiro_tenant;

CREATE FUNCTION tropeiro_data_key() RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (SELECT o.data_key FROM public.tropeiro_organization o WHERE o.id = tropeiro_organization());
REVOKE EXECUTE ON FUNCTION tropeiro_data_key() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tropeiro_data_key() TO tropeiro_tenant;
"""

# Users belong to no organization. A tenant sees who its members are, and never a password.
USER = """
ALTER TABLE tropeiro_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tropeiro_user FOR SELECT TO tropeiro_tenant USING (EXISTS (
    SELECT FROM tropeiro_member m
    WHERE m.user_id = tropeiro_user.id AND m.organization_id = tropeiro_organization()));
GRANT SELECT (id, email, name) ON tropeiro_user TO tropeiro_tenant;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = ()

    operations = (
        migrations.RunSQL(sql.schema("010_roles"), migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("is_operator", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "tropeiro_user",
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("data_key", models.BinaryField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "tropeiro_organization",
            },
        ),
        migrations.CreateModel(
            name="LoginFailure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("email", models.CharField(max_length=254)),
                ("address", models.GenericIPAddressField(null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "tropeiro_login_failure",
                "indexes": [
                    models.Index(fields=["email", "at"], name="tropeiro_login_email"),
                    models.Index(fields=["address", "at"], name="tropeiro_login_address"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tropeiro.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("admin", "admin"),
                            ("editor", "editor"),
                            ("operator", "operator"),
                            ("viewer", "viewer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "db_table": "tropeiro_member",
                "constraints": [models.UniqueConstraint(fields=("organization", "user"), name="tropeiro_member_once")],
            },
        ),
        migrations.RunSQL(ORGANIZATION, migrations.RunSQL.noop),
        protect("tropeiro_member", "SELECT, INSERT, UPDATE, DELETE"),
        migrations.RunSQL(USER, migrations.RunSQL.noop),
    )
