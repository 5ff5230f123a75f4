"""How much of the database each organization takes up: an estimate, from what PostgreSQL knows of its tables anyway.

Every table's size on disk, shared out by the sample of its rows that ANALYZE took last. So it costs the same however
much is stored, counts rows and not their lengths, and knows nothing of large values in the blob store.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from tropeiro.web.operating.access import require_operator

_SHARES = """
SELECT v.organization, sum(v.share * pg_total_relation_size(c.oid))::bigint
FROM pg_class c
JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname
CROSS JOIN LATERAL unnest(s.most_common_vals::text::uuid[], s.most_common_freqs) AS v (organization, share)
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'tropeiro\\_%'
    AND s.attname = 'organization_id' AND NOT s.inherited
GROUP BY v.organization
"""


def storage(user: int | None) -> Mapping[UUID, int]:
    """Bytes by organization, estimated; who is missing takes up little, or came after the last sample.

    Raises `NotFound` for who is no operator.
    """
    require_operator(user)
    with connection.cursor() as cursor:
        cursor.execute(_SHARES)
        return dict(cursor.fetchall())
