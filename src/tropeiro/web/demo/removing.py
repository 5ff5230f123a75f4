"""Taking the demonstration away: every row of its organization, in every table that has any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.executors.bundles import blob_name
from tropeiro.kernel.errors import NotFound
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.demo.models import Sample

# Partitions go with their parents; what may never change is changed here only for a sample, by the tables' owner.
_TABLES = """
SELECT c.relname, EXISTS (
    SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_immutable' AND (t.tgtype & 8) <> 0)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
"""
_BUNDLES = """
SELECT DISTINCT v.implementation ->> 'bundle' FROM tropeiro_service_version v
WHERE v.organization_id = %(organization)s AND v.implementation ->> 'bundle' IS NOT NULL AND NOT EXISTS (
    SELECT FROM tropeiro_service_version o
    WHERE o.organization_id <> v.organization_id AND o.implementation ->> 'bundle' = v.implementation ->> 'bundle')
"""


def remove() -> int:
    """Take the demonstration away whole; how many rows it had. All of it or nothing. Raises `NotFound`.

    Jobs of it that are under way end with it: a worker that holds one is refused when it settles.
    """
    sample = Sample.objects.first()
    if sample is None:
        raise NotFound(_("There is no demonstration."), hint=_("Make one: tropeiro demo"))
    organization: UUID = sample.pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BUNDLES, {"organization": organization})
        bundles = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(_TABLES)
        tables: list[tuple[str, bool]] = cursor.fetchall()
        rows = sum(_empty(cursor, table, organization, immutable=immutable) for table, immutable in _last(tables))
        cursor.execute("DELETE FROM tropeiro_organization WHERE id = %s", [organization])
    store = FsspecBlobs(settings.TROPEIRO.blobs)
    for bundle in bundles:
        store.remove(blob_name(bundle))
    # Large values stand by the week of their job; only jobs that really ran have any.
    monday = sample.filled_at.date() - timedelta(days=sample.filled_at.weekday())
    while monday <= timezone.now().date():
        store.remove(f"{monday:%Y%m%d}/{organization}")
        monday += timedelta(days=7)
    return rows


def _last(tables: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """What others point at comes after them."""
    order = ("tropeiro_service_version", "tropeiro_service", "tropeiro_workflow_version", "tropeiro_workflow",
             "tropeiro_project")  # fmt: skip
    return sorted(tables, key=lambda table: order.index(table[0]) if table[0] in order else -1)


def _empty(cursor: Any, table: str, organization: UUID, *, immutable: bool) -> int:
    name = connection.ops.quote_name(table)
    guard = connection.ops.quote_name(f"{table}_immutable")
    if immutable:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER {guard}")
    cursor.execute(f"DELETE FROM {name} WHERE organization_id = %s", [organization])  # noqa: S608 - a quoted name
    count = int(cursor.rowcount)
    if immutable:
        cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER {guard}")
    return count
