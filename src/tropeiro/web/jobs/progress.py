"""How far jobs are: of the workflow's own steps, how many came to their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

import msgspec
from django.db import connection

MOST_STEPS = 200
"""Of one job; longer workflows are counted by their first so many steps."""

_ENDED = """
SELECT w.job_id, count(DISTINCT w.path)
FROM unnest(%s::uuid[], %s::text[]) AS w(job_id, path)
WHERE EXISTS (SELECT FROM tropeiro_step s
              WHERE s.job_id = w.job_id AND s.path = w.path AND s.state IN ('succeeded', 'skipped'))
GROUP BY w.job_id
"""


def progress(organization: UUID, jobs: Iterable[tuple[UUID, str]]) -> Mapping[UUID, tuple[int, int]]:
    """By job: steps done, and steps in all. ``jobs`` are ids, each with the digest of its route.

    Inside a tenant's transaction. Two statements, however many jobs; every step is looked up by its key.
    """
    known = list(jobs)
    texts = _texts(organization, {digest for _, digest in known})
    ids = {job: _own_steps(texts[digest]) for job, digest in known if digest in texts}
    pairs = [(job, step) for job, steps in ids.items() for step in steps]
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [[job for job, _ in pairs], [step for _, step in pairs]])
        done = dict(cursor.fetchall())
    return {job: (done.get(job, 0), len(steps)) for job, steps in ids.items()}


def _texts(organization: UUID, digests: set[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, text::text FROM tropeiro_route WHERE organization_id = %s AND digest = ANY (%s)",
            [organization, list(digests)],
        )
        return dict(cursor.fetchall())


@lru_cache(maxsize=500)
def _own_steps(text: str) -> tuple[str, ...]:
    document = msgspec.json.decode(text)
    steps = document["steps"] if isinstance(document, dict) else document
    return tuple(step["id"] for step in steps[:MOST_STEPS])
